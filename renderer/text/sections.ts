/** Names of the form's sections. */
import type { SectionId } from '../form/layout.ts';

export const SECTION_TITLES: Readonly<Record<SectionId, { readonly title: string; readonly detail?: string }>> = {
  model: { title: 'Model' },
  folders: { title: 'Folders' },
  classes: { title: 'Class images', detail: 'pictures that keep the class as it is' },
  metadata: { title: 'Metadata', detail: 'what the file says about itself' },
  basic: { title: 'Parameters', detail: 'Basic' },
  advanced: { title: 'Parameters', detail: 'Advanced' },
  autoencoder: { title: 'Autoencoder' },
  samples: { title: 'Samples', detail: 'pictures drawn while it learns' },
  engine: { title: 'Engine', detail: 'what computes, and how it saves memory' },
};

export const changedCount = (count: number): string => `${count} changed`;
export const fieldCount = (count: number): string => (count === 1 ? '1 field' : `${count} fields`);
export const allAtDefault = (count: number): string => `${fieldCount(count)}, all at default`;
