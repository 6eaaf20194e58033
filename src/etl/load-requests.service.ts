import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LabConfig } from '../config/lab-config.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import type { JobReference } from '../pipelines/job.types.js';
import { JobsService } from '../pipelines/jobs.service.js';
import { type LandedFile, LandingService } from './landing.service.js';
import type { LoadOptions } from './load.schema.js';
import { SourcesService } from './sources.service.js';
import { uploaded } from './upload.js';

const LOADS_AT_ONCE = 2;
/** The name under which rows are kept that somebody sent. */
const ROWS_FILE = 'rows.jsonl';
const ROWS_A_CHUNK = 1_000;

/** Loads that somebody asks for. What is sent is on the disk before its job is, so that a kill in between loses nothing. */
@Injectable()
export class LoadRequestsService {
  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    private readonly sources: SourcesService,
    private readonly landing: LandingService,
    private readonly jobs: JobsService,
  ) {}

  /** @throws {SourceNotFoundError} */
  async ofDeclared(name: string): Promise<JobReference> {
    return this.start({ source: this.sources.declaration(name).name });
  }

  /** @throws {SourceNotFoundError} @throws {InvalidInputError} for a row that is no object */
  async ofRows(name: string, rows: readonly unknown[]): Promise<JobReference> {
    const source = this.sources.declaration(name).name;
    const stray = rows.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row));
    if (stray >= 0) throw new InvalidInputError([{ path: ['rows', stray], message: 'is not an object' }]);
    const inexact = rows.findIndex(hasInexactNumber);
    if (inexact >= 0) throw new InvalidInputError([{ path: ['rows', inexact], message: INEXACT }]);
    const landed = await this.landing.receive(source, ROWS_FILE, Readable.from(linesOf(rows)));
    return this.start({ source, landed: landed.path, sent: true });
  }

  /** @throws {SourceNotFoundError} @throws {InvalidUploadError} @throws {UploadTooLargeError} @throws {InvalidFileNameError} */
  async ofForm(name: string, request: FastifyRequest): Promise<JobReference> {
    const source = this.sources.declaration(name).name;
    const landed: LandedFile = await uploaded(request, this.config.uploadLimitMb, (file, content, limit) =>
      this.landing.receive(source, file, content, limit),
    );
    return this.start({ source, landed: landed.path });
  }

  private start(options: LoadOptions): Promise<JobReference> {
    return this.jobs.start('etl.load', options, { concurrency: LOADS_AT_ONCE });
  }
}

const INEXACT = 'has a whole number beyond 2^53, whose last digits JSON loses on its way: send it as text';

/** Beyond 64 bits nobody means a whole number. */
function hasInexactNumber(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) <= 2 ** 64;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexactNumber);
}

function* linesOf(rows: readonly unknown[]): Generator<Buffer> {
  for (let from = 0; from < rows.length; from += ROWS_A_CHUNK) {
    const lines = rows.slice(from, from + ROWS_A_CHUNK).map((row) => JSON.stringify(row));
    yield Buffer.from(`${lines.join('\n')}\n`);
  }
}
