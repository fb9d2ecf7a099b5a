/** A link that an advisory names. Only http and https addresses become links; anything else stays text. */
export function ReferenceLink(props: { url: string; text?: string }) {
  const { url, text = url } = props;
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? (
    <a href={url} rel="noopener noreferrer nofollow" target="_blank">
      {text}
      <span className="visually-hidden"> (leaves this site, opens in a new tab)</span>
    </a>
  ) : (
    <span>{text}</span>
  );
}
