import { Inject, Injectable } from '@nestjs/common';
import { CommitConflictError } from '../../delta/delta.errors.js';
import { DeltaService } from '../../delta/delta.service.js';
import { type Column, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { isQuarantined } from '../expectations/check-sql.js';
import { isRowRule, quoteName, quoteText, type Rule } from '../expectations/rule.js';
import { CURRENT_ENTRIES, QUARANTINE_COLUMNS } from './quarantine-columns.js';
import { correctionsTableOf, quarantineTableOf, QuarantineTables } from './quarantine-tables.js';
import { identifiedSql, rowValueSql } from './row-identity.js';

/** Times that a put is tried again when another process put rows of the same table meanwhile. */
const ATTEMPTS = 5;

/** The rows that a model made, and what its rules say of them. */
export interface Judged {
  readonly dataset: string;
  readonly rules: readonly Rule[];
  readonly candidate: Relation;
  readonly columns: readonly Column[];
}

/** Keeps the rows that a model's expectations refuse, and puts those that were mended in their place. */
@Injectable()
export class BuildQuarantine {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly tables: QuarantineTables,
  ) {}

  /** Counts the replays of mended rows of a table: another number is a reason to build it anew. 0 when there was none. */
  async correctionsVersion(dataset: string): Promise<number> {
    const table = correctionsTableOf(dataset);
    return (await this.delta.exists(table)) ? (await this.delta.snapshot(table)).version + 1 : 0;
  }

  /** The candidate with mended rows in place of those that break a rule of severity `quarantine`; undefined when none was mended. */
  async corrected({ dataset, rules, candidate, columns }: Judged): Promise<Relation | undefined> {
    const table = correctionsTableOf(dataset);
    if (!rules.some(({ severity }) => severity === 'quarantine') || !(await this.delta.exists(table))) return undefined;
    const corrections = await this.delta.relation(await this.delta.snapshot(table));
    const names = columns.map(({ name }) => quoteName(name)).join(', ');
    const mended = columns.map((column) => `${rowValueSql(column, 'mended."row"')} as ${quoteName(column.name)}`);
    const sql = `with refused as (${identifiedSql(dataset, columns, isQuarantined(rules))})
select ${names} from candidate where not (${isQuarantined(rules)})
union all select ${names} from refused where _id not in (select id from corrections)
union all select ${mended.join(', ')} from corrections as mended where id in (select _id from refused)`;
    return { format: 'view', query: { sql, tables: { candidate, corrections } } };
  }

  /**
   * Keeps the rows of the candidate that break a rule of severity `quarantine`, with all rules that they break. A row that is
   * kept already is not kept again; it is told anew when it breaks other rules than before.
   */
  async put(judged: Judged, runId: string, signal: AbortSignal): Promise<{ rows: number }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.tryPut(judged, runId, signal);
      } catch (error) {
        if (!(error instanceof CommitConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async tryPut(judged: Judged, runId: string, signal: AbortSignal): Promise<{ rows: number }> {
    // A write that reads its own table fails when that table gets other rows meanwhile: so no row can be kept twice.
    const entries = await this.delta.relation(await this.tables.snapshot(judged.dataset));
    const tables = { candidate: judged.candidate, entries };
    const sql = newEntriesSql(judged, runId, new Date());
    const [{ rows }] = await this.sql.rows({ sql: `select count(*) as rows from (${sql})`, tables }, { signal });
    if (rows === 0n) return { rows: 0 };
    const commit = await this.delta.write(quarantineTableOf(judged.dataset), {
      mode: 'append',
      query: { sql, tables },
      info: { run_id: runId },
      signal,
    });
    return { rows: commit.rowsAdded };
  }
}

function newEntriesSql({ dataset, rules, columns }: Judged, runId: string, now: Date): string {
  const rowRules = rules.filter(isRowRule);
  const told = (text: (rule: Rule) => string): string =>
    `list_filter([${rowRules.map((rule) => `case when not (${rule.holds}) then ${quoteText(text(rule))} end`).join(', ')}], said -> said is not null)`;
  const values: Readonly<Record<string, string>> = {
    id: '_id',
    revision: 'coalesce(known.revision, -1) + 1',
    status: `'open'`,
    dataset: quoteText(dataset),
    stage: `'build'`,
    row: '_row',
    rules: '_rules',
    reason: `array_to_string(_reasons, '; ')`,
    run_id: quoteText(runId),
    quarantined_at: quoteText(now.toISOString()),
  };
  const select = QUARANTINE_COLUMNS.map(({ name, type }) => `cast(${values[name] ?? 'null'} as ${type}) as ${quoteName(name)}`);
  return `with refused as (${identifiedSql(dataset, columns, isQuarantined(rules))}),
judged as (select _id, _row, ${told(({ name }) => name)} as _rules, ${told(({ sentence }) => sentence)} as _reasons from refused),
known as (${CURRENT_ENTRIES})
select ${select.join(', ')} from judged left join known on known.id = judged._id
where known.id is null or (known.status = 'open' and known.replay is null and known.rules <> judged._rules)`;
}
