/** What axe finds wrong with a part of the window. Colours are judged where there are any: jsdom draws none. */
import axe from 'axe-core';

export async function accessibilityFaults(element: Element): Promise<readonly string[]> {
  const { violations } = await axe.run(element, { rules: { 'color-contrast': { enabled: false } } });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
