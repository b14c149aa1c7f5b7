/**
 * The arms of the experiment: the same subject, trained with each way to keep its class and with none.
 */
export interface ArmPlaces {
  /** The prepared folder of class images. */
  readonly regularisation: string;
  readonly classPrompt: string;
  readonly triggerWords: string;
}

export interface Arm {
  readonly title: string;
  /** Regularisation images take every second step, so that the subject is shown as often as without. */
  readonly stepsTimes: 1 | 2;
  readonly settings: (places: ArmPlaces) => Readonly<Record<string, string>>;
}

export const ARMS = {
  none: { title: 'no prior preservation', stepsTimes: 1, settings: () => ({}) },
  class_images: {
    title: 'class images',
    stepsTimes: 2,
    settings: ({ regularisation }) => ({ reg_data_dir: regularisation }),
  },
  frozen_model: {
    title: 'class images, frozen target',
    stepsTimes: 2,
    settings: ({ regularisation }) => ({ reg_data_dir: regularisation, prior_target: 'frozen_model' }),
  },
  class_caption: {
    title: 'no class images, frozen target',
    stepsTimes: 1,
    settings: ({ classPrompt, triggerWords }) => ({
      diff_output_preservation_class: classPrompt,
      trigger_words: triggerWords,
    }),
  },
} as const satisfies Readonly<Record<string, Arm>>;

export type ArmName = keyof typeof ARMS;

export const ARM_NAMES = Object.keys(ARMS) as readonly ArmName[];

export const isArm = (name: string): name is ArmName => Object.hasOwn(ARMS, name);
