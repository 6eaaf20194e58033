import { InvalidConstraintError } from '../delta.errors.js';
import type { Metadata, Protocol } from '../log/action.js';
import { withWriterFeature } from '../log/protocol.js';
import { asLogged, CONSTRAINT, constraintsOf } from '../schema/row-rules.js';

/** The property of a table that names the constraints which came with its rows, and may go with them. */
const DECLARED = 'lab.declaredConstraints';
const NAME = /^[a-z_][a-z0-9_]*$/;

interface Settings {
  readonly protocol: Protocol;
  readonly metadata: Metadata;
}

/** @returns in lower case. @throws {InvalidConstraintError} */
export function constraintName(name: string): string {
  const lower = name.toLowerCase();
  if (NAME.test(lower)) return lower;
  throw new InvalidConstraintError(`"${name}" does not name a constraint. Write letters, digits and "_", not a digit first.`);
}

/**
 * The settings of a table for whose rows these constraints are declared: in place of those that were declared for the rows
 * before, beside those that others set.
 * @param declared SQL by name; as it is when undefined
 * @throws {InvalidConstraintError} when somebody else set another one of the same name
 */
export function withDeclared(
  table: string,
  settings: Settings,
  declared: Readonly<Record<string, string>> | undefined,
): Settings {
  if (declared === undefined) return settings;
  const { [DECLARED]: earlier = '', ...properties } = settings.metadata.configuration;
  const gone = earlier.split(',').map((name) => CONSTRAINT + name);
  const configuration = Object.fromEntries(Object.entries(properties).filter(([key]) => !gone.includes(key)));
  const others = new Map(constraintsOf({ configuration }));
  const own = Object.entries(declared)
    .map(([name, sql]) => [constraintName(name), asLogged(sql.trim())] as const)
    .filter(([name, text]) => others.get(name) !== text);
  const taken = own.find(([name]) => others.has(name));
  if (taken) {
    const [name] = taken;
    throw new InvalidConstraintError(
      `Somebody else set a constraint "${name}" (${others.get(name)}) on table "${table}". Give yours another name, or drop that one.`,
    );
  }
  if (own.length === 0) return { ...settings, metadata: { ...settings.metadata, configuration } };
  const set = Object.fromEntries(own.map(([name, text]) => [CONSTRAINT + name, text]));
  return {
    protocol: withWriterFeature(settings.protocol, 'checkConstraints'),
    metadata: {
      ...settings.metadata,
      configuration: { ...configuration, ...set, [DECLARED]: own.map(([name]) => name).join(',') },
    },
  };
}
