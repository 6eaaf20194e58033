import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { JobsService } from '../../pipelines/jobs.service.js';
import { Publications } from './publications.js';

/** A process that died between a build and its publication left the warehouse behind: the next one brings it up to date. */
@Injectable()
export class MissedPublications implements OnApplicationBootstrap {
  private readonly logger = new Logger(MissedPublications.name);

  constructor(
    private readonly publications: Publications,
    private readonly jobs: JobsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    try {
      const datasets = await this.publications.behind();
      if (datasets.length === 0) return;
      const { id } = await this.jobs.start('medallion.publish', { datasets });
      this.logger.log(`The warehouse is behind the lake in ${datasets.join(', ')}: the job ${id} publishes them`);
    } catch (error) {
      this.logger.warn(`What the warehouse missed was not published: ${(error as Error).message}`);
    }
  }
}
