/** What differs between trainings in how a study becomes the network's input; part of a model's manifest
 *  (network description, sections 2 and 9). */
export interface Preprocessing {
  /** `window`: [-1400, 200] HU to [0, 1]; `slice`: then each slice stretched to its own minimum and maximum. */
  readonly intensity: 'window' | 'slice';
  /** What of the lesions the classifier sees: their probability, or the raw logit. */
  readonly lesionInput: 'probability' | 'logit';
  /** `yx`: rows run front to back, columns from the patient's right to the left. `xy`: rows run from the patient's
   *  right to the left, columns back to front. */
  readonly axes: 'yx' | 'xy';
  readonly depth: 'feet-first' | 'head-first';
}

export const ourPreprocessing: Preprocessing = {
  intensity: 'window',
  lesionInput: 'probability',
  axes: 'yx',
  depth: 'feet-first',
};
