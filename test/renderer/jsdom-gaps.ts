/** What jsdom lacks and Mantine asks for. */
class NoResizeObserver {
  observe(): void {
    /* nothing changes its size here */
  }
  unobserve(): void {
    /* nor stops to */
  }
  disconnect(): void {
    /* nothing to end */
  }
}

/** Call it before anything is drawn. */
export function fillJsdomGaps(): void {
  const media = (query: string): Partial<MediaQueryList> => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  });
  const fonts = { addEventListener: () => undefined, removeEventListener: () => undefined };
  Object.assign(document, { fonts });
  Object.assign(window, { matchMedia: media, ResizeObserver: NoResizeObserver });
  Object.assign(Element.prototype, { scrollIntoView: () => undefined });
}
