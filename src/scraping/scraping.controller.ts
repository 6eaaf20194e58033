import { Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll, RequireRole } from '../auth/access.decorator.js';
import { ApiProblems } from '../http/problem.schema.js';
import { RateLimited } from '../http/rate-limit.js';
import { PipelineQueueFullError } from '../pipelines/pipelines.errors.js';
import { PipelinesService } from '../pipelines/pipelines.service.js';
import type { RunStatus } from '../pipelines/run.types.js';
import { BooksFile } from './books-file.js';
import { BooksFileNotFoundError, ScrapeUnderWayError } from './scraping.errors.js';
import { ScrapingFileDeleted, ScrapingLog, ScrapingLogQuery, ScrapingStarted } from './scraping.schema.js';

/** Scrapes, and brings what came of it to the catalogue: see `workspace/pipelines/books.yaml`. */
const PIPELINE = 'books';

const STATUSES: Readonly<Record<RunStatus, ScrapingLog['status']>> = {
  queued: 'running',
  running: 'running',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
  skipped: 'failed',
};

const hrefOf = (id: string): string => `/api/v1/runs/${id}`;

@ApiTags('books')
@Controller('api/v1/scraping')
export class ScrapingController {
  constructor(
    private readonly pipelines: PipelinesService,
    private readonly file: BooksFile,
  ) {}

  @Post('trigger')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Scrape the bookshop',
    description: 'Runs the pipeline `books`; followed at `href`, and cancelled at `href` + `/cancel`.',
  })
  @ApiAcceptedResponse({ standardSchema: ScrapingStarted })
  @ApiProblems(404, 409)
  async trigger(): Promise<ScrapingStarted> {
    const { id } = await this.pipelines.trigger(PIPELINE, { trigger: 'manual', mostOpen: 1 }).catch(async (error: unknown) => {
      if (!(error instanceof PipelineQueueFullError)) throw error;
      const newest = await this.pipelines.newest(PIPELINE);
      throw new ScrapeUnderWayError(newest ? hrefOf(newest.id) : '/api/v1/runs');
    });
    return { message: `The scrape has begun. Follow it at ${hrefOf(id)}`, status: 'running', id, href: hrefOf(id) };
  }

  @Get('logs')
  @OpenToAll()
  @RateLimited()
  @ApiOperation({ summary: 'What the newest scrape says of itself' })
  @ApiOkResponse({ standardSchema: ScrapingLog })
  @ApiProblems(400)
  async logs(@Query({ schema: ScrapingLogQuery }) { lines: most }: ScrapingLogQuery): Promise<ScrapingLog> {
    const newest = await this.pipelines.newest(PIPELINE);
    if (!newest) return { logs: [], total_lines: 0, status: 'not_started' };
    const { lines, total } = await this.pipelines.lastLines(newest.id, most);
    return {
      logs: lines.map(({ at, level, task, message }) => `${at} ${level.toUpperCase()} ${task ? `${task}: ` : ''}${message}`),
      total_lines: total,
      status: STATUSES[newest.status],
    };
  }

  @Delete('delete-csv')
  @HttpCode(200)
  @RequireRole('admin')
  @ApiOperation({ summary: 'Delete the export books.csv', description: 'Only the file: tables and catalogue stay.' })
  @ApiOkResponse({ standardSchema: ScrapingFileDeleted })
  @ApiProblems(404)
  async deleteCsv(): Promise<ScrapingFileDeleted> {
    if (!(await this.file.remove())) throw new BooksFileNotFoundError();
    return { message: 'books.csv is deleted. The next scrape writes it again; tables and catalogue stay.' };
  }
}
