import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, MoreThan, type Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import type { RunLogLine, RunLogQuery } from '../run.schema.js';
import type { RunStatus } from '../run.types.js';
import { PipelineRunEntity } from './pipeline-run.entity.js';
import { RunLogEntity } from './run-log.entity.js';

/** What runs and jobs said. */
@Injectable()
export class RunLogs {
  constructor(
    @InjectRepository(RunLogEntity) private readonly lines: Repository<RunLogEntity>,
    @InjectRepository(PipelineRunEntity) private readonly runs: Repository<PipelineRunEntity>,
  ) {}

  /** One page in the order in which they were written. */
  async list(runId: string, { task, after, limit, offset }: RunLogQuery): Promise<Page<RunLogLine>> {
    const [lines, total] = await this.lines.findAndCount({
      where: linesOf(runId, task, after),
      order: { id: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { items: lines.map(lineOf), total };
  }

  /** Those after a line, in their order. @param last its id; undefined for the first of all */
  async after(
    last: string | undefined,
    { runId, task, most }: { runId: string; task?: string; most: number },
  ): Promise<RunLogLine[]> {
    const lines = await this.lines.find({
      where: linesOf(runId, task, last),
      order: { id: 'ASC' },
      take: most,
    });
    return lines.map(lineOf);
  }

  /** The last lines of a run, in their order, and how many it has in all. */
  async last(runId: string, most: number): Promise<Page<RunLogLine>> {
    const [lines, total] = await this.lines.findAndCount({ where: { runId }, order: { id: 'DESC' }, take: most });
    return { items: lines.reverse().map(lineOf), total };
  }

  /** @returns undefined when there is no such run or job (any more) */
  async statusOf(runId: string): Promise<RunStatus | undefined> {
    return (await this.runs.findOne({ select: { status: true }, where: { id: runId } }))?.status;
  }
}

const linesOf = (runId: string, task: string | undefined, after: string | undefined): FindOptionsWhere<RunLogEntity> => ({
  runId,
  ...(task !== undefined && { task }),
  ...(after !== undefined && { id: MoreThan(after) }),
});

function lineOf(line: RunLogEntity): RunLogLine {
  return {
    id: line.id,
    at: line.at.toISOString(),
    level: line.level,
    ...(line.task !== null && { task: line.task }),
    ...(line.attempt !== null && { attempt: line.attempt }),
    message: line.message,
    ...(line.fields !== null && { fields: line.fields }),
  };
}
