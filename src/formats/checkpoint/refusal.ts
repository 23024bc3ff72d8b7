/** What is wrong with a checkpoint, in plain words. Thrown within this folder, and turned into a value by
 *  `readCheckpoint`: a file of somebody else's making is no bug. */
export class CheckpointProblem extends Error {}

export const cutOff = () => new CheckpointProblem('The file is cut off.');
