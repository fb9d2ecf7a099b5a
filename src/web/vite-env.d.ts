/// <reference types="vite/client" />

declare module 'pdfmake/build/pdfmake.js' {
  const pdfMake: {
    addVirtualFileSystem(files: Record<string, { data: Uint8Array }>): void;
    addFonts(fonts: Record<string, Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>>): void;
    createPdf(definition: object): { getBlob(): Promise<Blob> };
  };
  export = pdfMake;
}
