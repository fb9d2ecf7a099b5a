/** The id of the page's polite live region, which the shell renders once. */
export const liveRegionId = 'live-region';

/** Says a sentence to a screen reader. Emptied first, so that the same sentence twice is read twice. */
export function announce(sentence: string): void {
  const region = document.getElementById(liveRegionId);
  if (!region) return;
  region.textContent = '';
  setTimeout(() => {
    region.textContent = sentence;
  }, 50);
}
