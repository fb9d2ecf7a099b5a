/** How a model is told apart in the picture: by colour and by shape. At most this many are shown at once. */
export const looks = [
  { colour: '#0b6b57', symbol: 'circle', path: 'M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z' },
  { colour: '#b3541e', symbol: 'square', path: 'M2 2h8v8H2z' },
  { colour: '#1f4b8a', symbol: 'triangle', path: 'M6 1.5l5 9H1z' },
  { colour: '#8a1c5b', symbol: 'diamond', path: 'M6 .5l4 5.5l-4 5.5l-4-5.5z' },
  { colour: '#6b5b00', symbol: 'star', path: 'M6 .5l1.4 3.6l3.9.2l-3 2.4l1 3.8L6 8.4l-3.3 2.1l1-3.8l-3-2.4l3.9-.2z' },
  { colour: '#4a3aa7', symbol: 'cross', path: 'M4.5 1h3v3.5H11v3H7.5V11h-3V7.5H1v-3h3.5z' },
] as const;

export type Look = (typeof looks)[number];

export function HorizonMark({ look }: { look: Look }) {
  return (
    <svg className="horizon-mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path d={look.path} fill={look.colour} />
    </svg>
  );
}
