/** WebAuthn Level 3 (section 5.1.3, RP ID) binds a passkey to a domain; an IP address is none. */
export const isAddress = (hostname: string): boolean => /^[\d.]+$/.test(hostname) || hostname.startsWith('[');

/** Instead of a passkey control, on an instance that was opened by its IP address. */
export function PasskeyName() {
  const { hostname, port, pathname } = location;
  const isLoopback = /^127\.|^\[::1\]$/.test(hostname);
  const named = `http://localhost${port ? `:${port}` : ''}`;
  if (!isLoopback) {
    return (
      <p className="small">
        Passkeys need a name, and {hostname} is an address: open this instance by its name. Whoever runs it sets that
        with <code>ASSAY_HTTP_URL</code>.
      </p>
    );
  }
  return (
    <p className="small">
      Passkeys need a name: open this instance as <a href={`${named}${pathname}`}>{named}</a>. It is another place to
      the browser: you sign in there anew.
    </p>
  );
}
