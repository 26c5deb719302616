/** Texts that may never reach a log: signed queries, bearer tokens, credentials inside an address. */
export function redact(line: string): string {
  return line
    .replace(/\bhf_[A-Za-z0-9]{4,}/g, 'hf_…')
    .replace(/(authorization:?\s*(?:bearer|basic)?\s*)[^\s,;"']+/gi, '$1…')
    .replace(/(bearer\s+)[^\s,;"']+/gi, '$1…')
    .replace(/(\bhttps?:\/\/)[^\s/@]+@/gi, '$1…@')
    .replace(/(\bhttps?:\/\/[^\s?#"']+)\?[^\s"']*/gi, '$1?…');
}
