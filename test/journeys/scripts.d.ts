declare module '*/scripts/setup.mjs' {
  export function build(parts: ('server' | 'web')[]): Promise<void>;
}

declare module '*/scripts/browser.mjs' {
  export function findBrowser(): Promise<string | undefined>;
}
