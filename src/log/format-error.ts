/** The only error the readers of this folder throw: the text or bytes at hand break the format's rules. */
export class LogFormatError extends Error {
  override readonly name = 'LogFormatError';
}
