/**
 * The places on the web that the window may send the user's browser to.
 */
const HOSTS: ReadonlySet<string> = new Set([
  'arxiv.org',
  'civitai.com',
  'github.com',
  'huggingface.co',
  'onnxruntime.ai',
]);

/** Over https, to a known host, without a password or a port in it. */
export function isAllowedLink(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port, username, password } = new URL(address);
  return protocol === 'https:' && HOSTS.has(hostname) && port === '' && username === '' && password === '';
}
