import type { Constraint } from '../delta.types.js';
import type { Metadata } from '../log/action.js';
import { asksFor, type Requirements } from '../log/protocol.js';
import { quoteIdentifier } from './sql-type.js';

/** A condition that is true for every row of a table, because the table says so. */
export interface RowRule {
  /** `constraint "positive"`. */
  readonly name: string;
  /** As the log has it. */
  readonly text: string;
  /** In the SQL of our engine. */
  readonly sql: string;
}

export const CONSTRAINT = 'delta.constraints.';

/** Delta protocol, "CHECK Constraints" and "Column Invariants": each must be true, so NULL is not enough. */
export function rulesOf({ protocol, metadata, fields }: Requirements): RowRule[] {
  const constraints = asksFor(protocol, 'checkConstraints') ? constraintsOf(metadata) : [];
  const checked = asksFor(protocol, 'invariants') ? fields : [];
  const invariants = checked.flatMap(({ name, metadata }) => {
    const text = invariantOf(metadata['delta.invariants']);
    return text === undefined ? [] : [rule(`invariant of ${quoteIdentifier(name)}`, text)];
  });
  return [...constraints.map(([name, text]) => constraintRule(name, text)), ...invariants];
}

/** Name and text of each. */
export const constraintsOf = ({ configuration }: Pick<Metadata, 'configuration'>): [name: string, text: string][] =>
  Object.entries(configuration).flatMap(([key, text]) =>
    key.startsWith(CONSTRAINT) ? [[key.slice(CONSTRAINT.length), text]] : [],
  );

/** The same in the SQL of our engine. */
export const shownConstraints = (metadata: Metadata): Constraint[] =>
  constraintsOf(metadata).map(([name, text]) => ({ name, condition: rule(name, text).sql }));

export const constraintRule = (name: string, text: string): RowRule => rule(`constraint "${name}"`, text);

const rule = (name: string, text: string): RowRule => ({ name, text, sql: requoted(text, '`', '"') });

/** Names stand between backticks in the log: what Spark reads between double quotes is text. */
export const asLogged = (sql: string): string => requoted(sql, '"', '`');

/** Exchanges what stands around names, wherever it is not part of a text or a comment. */
function requoted(sql: string, from: string, to: string): string {
  const token = new RegExp(`'(?:[^']|'')*'|--[^\\n]*|/\\*[\\s\\S]*?\\*/|${from}((?:[^${from}]|${from}${from})*)${from}`, 'g');
  return sql.replaceAll(token, (whole, name: string | undefined) =>
    name === undefined ? whole : to + name.replaceAll(from + from, from).replaceAll(to, to + to) + to,
  );
}

function invariantOf(declared: unknown): string | undefined {
  if (declared === undefined) return undefined;
  const parsed = JSON.parse(String(declared)) as { expression?: { expression?: string } };
  return parsed.expression?.expression ?? String(declared);
}
