// The compressed parts of the page. Each is a <script> that no browser runs,
// named by data-name; the bytes are gzip in base64.

type Base64Decoder = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const quick = (Uint8Array as unknown as Base64Decoder).fromBase64;
  if (quick) return quick.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// Resolves once the whole page has been read: sections behind the script are
// not there before.
const wholePage = new Promise<void>((resolve) => {
  if (document.readyState !== 'loading') return resolve();
  document.addEventListener('DOMContentLoaded', () => resolve(), { once: true });
  return undefined;
});

function find(name: string): Element | null {
  return document.querySelector(`script[data-name="${name}"]`);
}

// Null: the page has no such section.
export async function loadSection(name: string): Promise<Uint8Array | null> {
  let element = find(name);
  // The parser may still be in the middle of what is the last one now.
  if (!element || !element.nextElementSibling) {
    await wholePage;
    element = find(name);
  }
  if (!element?.textContent) return null;
  const packed = fromBase64(element.textContent);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function loadJson<T>(name: string): Promise<T | null> {
  const bytes = await loadSection(name);
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as T) : null;
}

// All parts of a section that was written in pieces: name, name.1, name.2.
export async function loadParts(name: string): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (let part = 0; ; ++part) {
    const bytes = await loadSection(part === 0 ? name : `${name}.${part}`);
    if (!bytes) return parts;
    parts.push(bytes);
  }
}
