/**
 * Mantine in the colours and measures of tokens.css. What a component takes from here it takes everywhere; what only one
 * place needs is in that place's own style sheet.
 */
import {
  Autocomplete,
  Button,
  createTheme,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  TextInput,
  Textarea,
  Tooltip,
  type CSSVariablesResolver,
} from '@mantine/core';
import field from './controls.module.css';

const inputClasses = { input: field.input ?? '', section: field.section ?? '' };

export const theme = createTheme({
  fontFamily: 'var(--font-body)',
  fontFamilyMonospace: 'var(--font-mono)',
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  colors: {
    petrol: [
      '#E4F1F4',
      '#C9E4EA',
      '#A3D3DD',
      '#7BD0DE',
      '#45BACD',
      '#1E98AC',
      '#128296',
      '#0B7285',
      '#095F6F',
      '#0A4B58',
    ],
  },
  defaultRadius: 6,
  fontSizes: {
    xs: 'var(--size-small)',
    sm: 'var(--size-body)',
    md: 'var(--size-section)',
    lg: 'var(--size-page)',
    xl: 'var(--size-error)',
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Autocomplete: Autocomplete.extend({ defaultProps: { size: 'xs' }, classNames: inputClasses }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' }, classNames: inputClasses }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs' }, classNames: inputClasses }),
    Select: Select.extend({ defaultProps: { size: 'xs', checkIconPosition: 'right' }, classNames: inputClasses }),
    Textarea: Textarea.extend({ defaultProps: { size: 'xs' }, classNames: inputClasses }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs' },
      classNames: {
        root: field.segments ?? '',
        indicator: field.segmentIndicator ?? '',
        label: field.segmentLabel ?? '',
      },
    }),
    Button: Button.extend({
      defaultProps: { size: 'xs', variant: 'default' },
      classNames: { root: field.button ?? '' },
    }),
    // Mantine 9.5.2 draws a header, which is a landmark of the whole page and none of a dialog.
    Modal: Modal.extend({ defaultProps: { attributes: { header: { role: 'none' } } } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: false, openDelay: 400 } }),
  },
});

/** Mantine's own roles, said with ours. */
export const cssVariables: CSSVariablesResolver = () => {
  const roles = {
    '--mantine-color-body': 'var(--panel)',
    '--mantine-color-text': 'var(--text-1)',
    '--mantine-color-dimmed': 'var(--text-3)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-default': 'var(--panel)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--text-1)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-anchor': 'var(--accent-text)',
    '--mantine-color-error': 'var(--error)',
    '--mantine-line-height': '1.25rem',
  };
  return { variables: {}, light: roles, dark: roles };
};
