/** A step's inputs from a study and one of its patches. */
import type { HostTensor } from '../../engine/contract.ts';
import { classes, classificationFeatureShape } from '../../network/describe.ts';
import type { Plan } from '../../network/plans.ts';
import type { StudyFeatures } from './studyFeatures.ts';
import { indexTensors } from './studyFeatures.ts';
import { cropIndices, evidenceIndices, pasteIndices } from './studyAlignment.ts';
import type { TrainingGraph } from './trainingGraph.ts';
import { atFeaturePositions, sampleSlices, type TrainingPatch, type TrainingStudy } from './trainingStudy.ts';

export interface Sample {
  readonly study: TrainingStudy;
  readonly patch: TrainingPatch;
  /** Inverse frequency of the study's class among the training studies. */
  readonly classWeight: number;
}

type Feeds = Record<string, HostTensor>;

/** Loss targets too; shapes without the batch.
 *  @param features what of the study is not trained in this step; only where the graph asks for it */
export function feedsOf(graph: TrainingGraph, plan: Plan, sample: Sample, features: StudyFeatures | null): Feeds {
  const asked = new Set(graph.inputs.map(({ name }) => name));
  return {
    ...(graph.logits && patchFeeds(plan, sample)),
    ...(graph.scores && classFeeds(sample)),
    ...(asked.has('pasteMask') && jointFeeds(graph, plan, sample, features)),
    ...(asked.has('slices') && slicesFeed(plan, sample.study)),
    ...(asked.has('cStem') && { cStem: featureTensor(plan, plan.width, features?.cStem) }),
    ...(asked.has('lesion') && !isWholeStudy(features) && trueLesions(plan, sample.study)),
    // Stage one: paste is off.
    ...(asked.has('pasted') && { pasted: featureTensor(plan, plan.width, emptyFeatures(plan)) }),
    ...(asked.has('lesion') && isWholeStudy(features) && ownFeatures(plan, features)),
  };
}

/** Whether the network has been over the study's patches as well. */
const isWholeStudy = (features: StudyFeatures | null): features is StudyFeatures =>
  features !== null && features.lesion.length > 0;

function ownFeatures(plan: Plan, { lesion, pasted }: StudyFeatures): Feeds {
  return { lesion: featureTensor(plan, 1, lesion), pasted: featureTensor(plan, plan.width, pasted) };
}

function featureTensor(plan: Plan, channels: number, data: Float32Array | undefined): HostTensor {
  if (!data) throw new Error('this stage needs features of the whole study');
  return { shape: [channels, ...classificationFeatureShape(plan)], data };
}

function emptyFeatures(plan: Plan): Float32Array {
  return new Float32Array(classificationFeatureShape(plan).reduce((product, size) => product * size, plan.width));
}

function patchFeeds(plan: Plan, { study, patch }: Sample): Feeds {
  const shape = [1, ...plan.patch];
  return {
    voxels: { shape, data: patch.voxels },
    lung: { shape, data: patch.lung },
    lesionTruth: { shape, data: patch.lesion },
    ...indexTensors('crop', cropIndices(plan, study.depth, patch.origin)),
  };
}

function classFeeds({ study, classWeight }: Sample): Feeds {
  const truth = Float32Array.from(classes, (name) => (name === study.trueClass ? 1 : 0));
  return {
    classTruth: { shape: [classes.length], data: truth },
    classWeight: { shape: [], data: Float32Array.of(study.trueClass === null ? 0 : classWeight) },
  };
}

function slicesFeed(plan: Plan, study: TrainingStudy): Feeds {
  return { slices: { shape: [1, plan.slices, plan.grid / 2, plan.grid / 2], data: sampleSlices(study, plan) } };
}

function trueLesions(plan: Plan, study: TrainingStudy): Feeds {
  const lung = atFeaturePositions(study.lung, study, plan);
  const lesion = atFeaturePositions(study.lesion, study, plan).map((value, i) => value * lung[i]);
  return { lesion: featureTensor(plan, 1, lesion) };
}

function jointFeeds(graph: TrainingGraph, plan: Plan, { study, patch }: Sample, features: StudyFeatures | null): Feeds {
  const shape = classificationFeatureShape(plan);
  const positions = shape[0] * shape[1] * shape[2];
  const stem = pasteIndices(plan, study.depth, patch.origin, 2);
  const lesion = pasteIndices(plan, study.depth, patch.origin, 1);
  const lung = atFeaturePositions(study.lung, study, plan);
  const elsewhere = (values: Float32Array | undefined) => values?.map((v, i) => v * (1 - stem.inside[i % positions]));
  const evidence = graph.gaps.map(({ name, stride }) => {
    const unit = Number(name.slice('gap'.length));
    return indexTensors(`evidence${unit}`, evidenceIndices(plan, study.depth, patch.origin, stride, unit));
  });
  return {
    ...indexTensors('paste', stem.index),
    ...indexTensors('lesion', lesion.index),
    pasteMask: featureTensor(plan, 1, stem.inside),
    lesionMask: featureTensor(
      plan,
      1,
      lesion.inside.map((value, i) => value * lung[i]),
    ),
    otherPasted: featureTensor(plan, plan.width, elsewhere(features?.pasted)),
    otherLesion: featureTensor(plan, 1, elsewhere(features?.lesion)),
    ...Object.assign({}, ...evidence),
  };
}
