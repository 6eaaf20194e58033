import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { type DefaultTraining, LabFile } from '../config/lab-file.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { JobsService } from '../pipelines/jobs.service.js';
import type { TrainRequest, TrainStarted } from './train-request.schema.js';
import { NoDefaultTrainingError } from './training.errors.js';
import { type OpenOptions, TrainingService } from './training.service.js';

/** Turns what somebody asks for into a job. */
@Injectable()
export class TrainRequests {
  constructor(
    private readonly training: TrainingService,
    private readonly jobs: JobsService,
    private readonly lab: LabFile,
    private readonly config: LabConfig,
  ) {}

  /**
   * @throws {NoDefaultTrainingError} @throws {InvalidInputError} when dataset or target are missing and no default stands for them
   * @throws what {@link TrainingService.check} throws, and {@link JobsService.start}
   */
  async start(request: TrainRequest): Promise<TrainStarted> {
    const options = await this.training.check(withDefaults(request, this.lab.defaultTraining));
    const { id, href } = await this.jobs.start('training.train', options, { concurrency: this.config.trainConcurrency });
    const { estimator, target, dataset, dataset_version, model_name } = options;
    const message = `${estimator} learns "${target}" of ${dataset}, version ${dataset_version}, and becomes a version of ${model_name}. Follow it at ${href}.`;
    return { status: 'training_started', message, id, href };
  }
}

function withDefaults(request: TrainRequest, defaults: DefaultTraining | undefined): OpenOptions {
  const dataset = request.dataset ?? defaults?.dataset;
  if (dataset === undefined) throw new NoDefaultTrainingError();
  const usual = dataset === defaults?.dataset && request.problem ? defaults.targets[request.problem] : undefined;
  const target = request.target ?? usual;
  if (target !== undefined) return { ...request, dataset, target };
  const missing = dataset === defaults?.dataset ? 'name a target, or a problem to take the default target of' : 'is required';
  throw new InvalidInputError([{ path: ['target'], message: missing }]);
}
