import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { bandOf, errorOf, type ErrorSums, NO_ERRORS, sumOf } from './error-sums.js';

const KEPT_DAYS = 7;

/** A prediction whose truth has arrived. */
export interface Scored {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly idade: number;
  /** Reais. */
  readonly salario: number;
  readonly predicao: number;
}

/** What the errors of a span were, by band of age. */
export interface ErrorSpan {
  readonly start: Date;
  /** The youngest of the band. */
  readonly age: number;
  readonly sums: ErrorSums;
}

interface Row extends Record<keyof ErrorSums, string | number> {
  readonly start: Date;
  readonly age: number;
}

/** Sums of errors by minute and age band, for a week. */
@Injectable()
export class ErrorHistory {
  constructor(private readonly source: DataSource) {}

  /** @param transaction in which what was scored is noted, so that nothing is counted twice */
  async add(transaction: EntityManager, scored: readonly Scored[]): Promise<void> {
    const spans = new Map<string, { minute: Date; age: number; sums: ErrorSums }>();
    for (const { at, idade, salario, predicao } of scored) {
      const [minute, age] = [new Date(Math.floor(at / 60_000) * 60_000), bandOf(idade)];
      const key = `${minute.getTime()} ${age}`;
      const sums = sumOf(spans.get(key)?.sums ?? NO_ERRORS, errorOf(salario, predicao));
      spans.set(key, { minute, age, sums });
    }
    for (const { minute, age, sums } of spans.values()) {
      const { rows, absolute, squared, salary, salarySquared } = sums;
      await transaction.query(
        `insert into lab.loop_errors as kept (minute, age, rows, absolute, squared, salary, salary_squared)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (minute, age) do update set
           rows = kept.rows + excluded.rows, absolute = kept.absolute + excluded.absolute,
           squared = kept.squared + excluded.squared, salary = kept.salary + excluded.salary,
           salary_squared = kept.salary_squared + excluded.salary_squared`,
        [minute, age, rows, absolute, squared, salary, salarySquared],
      );
    }
    await transaction.query(`delete from lab.loop_errors where minute < now() - make_interval(days => $1)`, [KEPT_DAYS]);
  }

  /** In order of time, then age. @param spanMinutes of each span @param minutes that are looked back on */
  async spans(minutes: number, spanMinutes: number): Promise<ErrorSpan[]> {
    const rows = await this.source.query<Row[]>(
      `select date_bin(make_interval(mins => $2), minute, timestamptz '2000-01-01') as start, age, sum(rows) as rows,
         sum(absolute) as absolute, sum(squared) as squared, sum(salary) as salary, sum(salary_squared) as "salarySquared"
       from lab.loop_errors where minute > now() - make_interval(mins => $1)
       group by start, age order by start, age`,
      [minutes, spanMinutes],
    );
    return rows.map(({ start, age, ...sums }) => ({
      ...{ start, age },
      sums: {
        ...{ rows: Number(sums.rows), absolute: Number(sums.absolute), squared: Number(sums.squared) },
        ...{ salary: Number(sums.salary), salarySquared: Number(sums.salarySquared) },
      },
    }));
  }
}
