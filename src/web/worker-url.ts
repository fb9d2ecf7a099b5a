interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

const trustedTypes = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;

/** The one Trusted Types policy of the web: it lets through the addresses of our own workers and nothing else. */
const policy = trustedTypes?.createPolicy('assay', {
  createScriptURL: (url) => {
    if (new URL(url, location.href).origin !== location.origin)
      throw new TypeError('Workers come from this instance only.');
    return url;
  },
});

/** Starts a module worker of ours from the address that the build gave it. */
export function startOwnWorker(url: string): Worker {
  return new Worker(policy?.createScriptURL(url) ?? url, { type: 'module' });
}
