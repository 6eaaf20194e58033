import { applyDecorators, Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { RequireRole } from '../auth/access.decorator.js';
import type { Role } from '../auth/role.types.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { ApiProblems } from '../http/problem.schema.js';
import { type JobReference, JobStarted } from '../pipelines/job.types.js';
import { JobsService } from '../pipelines/jobs.service.js';
import {
  DeleteRowsRequest,
  OptimizeRequest,
  RestoreRequest,
  UpdateRowsRequest,
  VacuumRequest,
} from './table-operations.schema.js';

const StartsJob = (path: string, role: Role, summary: string): MethodDecorator =>
  applyDecorators(
    Post(`:name/${path}`),
    HttpCode(202),
    RequireRole(role),
    ApiOperation({ summary }),
    ApiParam({ name: 'name', description: 'Layer and table', example: 'gold.routes' }),
    ApiAcceptedResponse({ standardSchema: JobStarted }),
    ApiProblems(400, 403, 404, 422, 429),
  );

@ApiTags('data')
@Controller('api/v1/datasets')
export class TableOperationsController {
  constructor(
    private readonly catalog: CatalogService,
    private readonly jobs: JobsService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  @StartsJob('optimize', 'engineer', 'Make few large files of many small ones')
  optimize(@Param('name') name: string, @Body({ schema: OptimizeRequest }) request: z.output<typeof OptimizeRequest>) {
    return this.start(name, 'operations.optimize', { ...request, datasets: [name] });
  }

  @StartsJob('vacuum', 'admin', 'Remove files that no version within the retention reads; by default only say which')
  vacuum(@Param('name') name: string, @Body({ schema: VacuumRequest }) request: z.output<typeof VacuumRequest>) {
    return this.start(name, 'operations.vacuum', { ...request, datasets: [name] });
  }

  @StartsJob('clean-log', 'admin', 'Remove what the log of a table holds of versions that are too old to be asked for')
  cleanLog(@Param('name') name: string) {
    return this.start(name, 'operations.clean_log', { datasets: [name] });
  }

  @StartsJob('restore', 'admin', 'Make a table what it was at a version or a time, as a new version')
  restore(@Param('name') name: string, @Body({ schema: RestoreRequest }) request: z.output<typeof RestoreRequest>) {
    return this.start(name, 'operations.restore', { ...request, dataset: name });
  }

  @StartsJob('rows/delete', 'admin', 'Remove the rows for which a condition is true; older versions keep them until vacuumed')
  async deleteRows(
    @Param('name') name: string,
    @Body({ schema: DeleteRowsRequest }) request: z.output<typeof DeleteRowsRequest>,
  ) {
    await this.check(request.where);
    return this.start(name, 'operations.delete_rows', { ...request, dataset: name });
  }

  @StartsJob('rows/update', 'admin', 'Give columns of the rows for which a condition is true other values')
  async updateRows(
    @Param('name') name: string,
    @Body({ schema: UpdateRowsRequest }) request: z.output<typeof UpdateRowsRequest>,
  ) {
    await this.check(request.where);
    return this.start(name, 'operations.update_rows', { ...request, dataset: name });
  }

  /** What does not read as a condition is said at once; a column that there is not, by the job. */
  private async check(where: string | undefined): Promise<void> {
    if (where !== undefined) await this.sql.condition({ sql: where });
  }

  private async start(dataset: string, kind: string, options: object): Promise<JobReference> {
    await this.catalog.find(dataset);
    return this.jobs.start(kind, options);
  }
}
