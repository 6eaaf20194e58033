import { UnsupportedFeatureError } from '../delta.errors.js';
import { mapsColumns } from '../schema/column-mapping.js';
import type { DeltaType, StructField } from '../schema/delta-type.js';
import type { Metadata, Protocol } from './action.js';

/** What a table needs that asks for no feature: everybody reads and writes it. */
export const PLAIN_PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

export interface Requirements {
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly fields: readonly StructField[];
}

type InUse = (table: Requirements) => boolean;

const never: InUse = () => false;
const always: InUse = () => true;
const setTo =
  (property: string, value: string): InUse =>
  ({ metadata }) =>
    metadata.configuration[property] === value;
const declaredBy =
  (key: string): InUse =>
  ({ fields }) =>
    anyField(fields, (field) => key in field.metadata);

/**
 * Features that we read, with when a table uses one of them in a way that we do not keep. A table may allow a feature
 * and never use it: then it is like any other.
 */
const READABLE: Readonly<Record<string, InUse>> = {
  columnMapping: never,
  deletionVectors: never,
  timestampNtz: never,
  // Older files hold a narrower type: every column is cast to the table's.
  typeWidening: never,
  'typeWidening-preview': never,
  v2Checkpoint: never,
  vacuumProtocolCheck: never,
};

const WRITABLE: Readonly<Record<string, InUse>> = {
  ...READABLE,
  // Files need the numbers of their columns, which the engine does not write.
  columnMapping: mapsColumns,
  typeWidening: always,
  'typeWidening-preview': always,
  appendOnly: never,
  // NOT NULL is checked against the statistics of what was written, which tell nothing of nested columns.
  invariants: ({ fields }) => anyField(fields, isNestedNotNull) || fields.some(({ type }) => anyInner(type, hasInvariant)),
  checkConstraints: never,
  changeDataFeed: setTo('delta.enableChangeDataFeed', 'true'),
  generatedColumns: declaredBy('delta.generationExpression'),
  // A default stands in for a column that a write leaves out, and our writes give every column.
  allowColumnDefaults: never,
  identityColumns: declaredBy('delta.identity.start'),
};

/** What the versions before the lists of features stand for, each with all before it. */
const BY_READER_VERSION: readonly (readonly string[])[] = [[], [], ['columnMapping']];
const BY_WRITER_VERSION: readonly (readonly string[])[] = [
  [],
  [],
  ['appendOnly', 'invariants'],
  ['checkConstraints'],
  ['changeDataFeed', 'generatedColumns'],
  ['columnMapping'],
  ['identityColumns'],
];

/** @throws {UnsupportedFeatureError} naming what stands in the way */
export function assertReadable(table: string, requirements: Requirements): void {
  const missing = unsupported(READABLE, readerFeatures(requirements.protocol), requirements);
  const { provider } = requirements.metadata.format;
  if (provider !== 'parquet') missing.push(`files of the format ${provider}`);
  if (missing.length > 0) throw new UnsupportedFeatureError(table, 'read', missing);
}

/** @throws {UnsupportedFeatureError} naming what stands in the way */
export function assertWritable(table: string, requirements: Requirements): void {
  assertReadable(table, requirements);
  const missing = unsupported(WRITABLE, writerFeatures(requirements.protocol), requirements);
  if (missing.length > 0) throw new UnsupportedFeatureError(table, 'write', missing);
}

/** Whether a table may have what the writer feature is about; only then do its properties mean it. */
export const asksFor = (protocol: Protocol, feature: string): boolean => writerFeatures(protocol).includes(feature);

/** The protocol with a writer feature more. */
export function withWriterFeature(protocol: Protocol, feature: string): Protocol {
  if (asksFor(protocol, feature)) return protocol;
  const { minWriterVersion: version, writerFeatures: listed = [] } = protocol;
  if (version === 7) return { ...protocol, writerFeatures: [...listed, feature].sort() };
  return { ...protocol, minWriterVersion: BY_WRITER_VERSION.findIndex((features) => features.includes(feature)) };
}

export const isAppendOnly = ({ configuration }: Metadata): boolean => configuration['delta.appendOnly'] === 'true';

function readerFeatures({ minReaderVersion: version, readerFeatures = [] }: Protocol): readonly string[] {
  if (version === 3) return readerFeatures;
  return version > 3 ? [`reader version ${version}`] : BY_READER_VERSION.slice(0, version + 1).flat();
}

function writerFeatures({ minWriterVersion: version, writerFeatures = [] }: Protocol): readonly string[] {
  if (version === 7) return writerFeatures;
  return version > 7 ? [`writer version ${version}`] : BY_WRITER_VERSION.slice(0, version + 1).flat();
}

const unsupported = (known: Readonly<Record<string, InUse>>, features: readonly string[], table: Requirements): string[] =>
  features.filter((feature) => !Object.hasOwn(known, feature) || known[feature](table));

const hasInvariant = ({ metadata }: StructField): boolean => 'delta.invariants' in metadata;

const isNestedNotNull = ({ type, nullable }: StructField): boolean =>
  (!nullable && typeof type !== 'string') || anyInner(type, (inner) => !inner.nullable);

const anyField = (fields: readonly StructField[], test: (field: StructField) => boolean): boolean =>
  fields.some((field) => test(field) || anyInner(field.type, test));

function anyInner(type: DeltaType, test: (field: StructField) => boolean): boolean {
  if (typeof type === 'string') return false;
  switch (type.type) {
    case 'struct':
      return anyField(type.fields, test);
    case 'array':
      return anyInner(type.elementType, test);
    case 'map':
      return anyInner(type.keyType, test) || anyInner(type.valueType, test);
  }
}
