import type { StoredColumn } from '../delta.types.js';
import type { Metadata, Protocol } from '../log/action.js';
import type { DeltaType, StructField } from './delta-type.js';
import { quoteIdentifier, typeToSql } from './sql-type.js';

const MODE = 'delta.columnMapping.mode';
const NAME = 'delta.columnMapping.physicalName';
const ID = 'delta.columnMapping.id';

/** Whether files hold columns under other names (Delta protocol, "Column Mapping"). */
export function mapsColumns({ protocol, metadata }: { protocol: Protocol; metadata: Metadata }): boolean {
  const { minReaderVersion: version, readerFeatures = [] } = protocol;
  const supported = version === 2 || (version === 3 && readerFeatures.includes('columnMapping'));
  return supported && (metadata.configuration[MODE] ?? 'none') !== 'none';
}

/** The name of a column in files, statistics and partition values. */
export const physicalName = ({ name, metadata }: StructField): string =>
  typeof metadata[NAME] === 'string' ? metadata[NAME] : name;

/** What a field's metadata says of its name in files. */
export const physicalMetadata = (name: string | undefined): StructField['metadata'] =>
  name === undefined ? {} : { [NAME]: name };

/** How files hold the columns, by the names that these have now. */
export function columnMapping(fields: readonly StructField[], { configuration }: Metadata): Record<string, StoredColumn> {
  const byId = configuration[MODE] === 'id';
  const entries = fields.map((field): [string, StoredColumn] => {
    const name = physicalName(field);
    const type = typeToSql(physicalType(field.type), field.name);
    const value = logicalValue(field.type, `f.${quoteIdentifier(name)}`, 0);
    return [field.name, { name, type, value, ...(byId ? { id: Number(field.metadata[ID]) } : {}) }];
  });
  return Object.fromEntries(entries);
}

export function physicalType(type: DeltaType): DeltaType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, name: physicalName(field), type: physicalType(field.type) })),
      };
    case 'array':
      return { ...type, elementType: physicalType(type.elementType) };
    case 'map':
      return { ...type, keyType: physicalType(type.keyType), valueType: physicalType(type.valueType) };
  }
}

/** SQL that gives the parts of a value the names that they have now. @param depth tells the names of nested lambdas apart */
function logicalValue(type: DeltaType, sql: string, depth: number): string {
  if (typeof type === 'string') return sql;
  const item = `e${depth}`;
  switch (type.type) {
    case 'struct': {
      const parts = type.fields.map(
        (field) =>
          `${quoteIdentifier(field.name)} := ${logicalValue(field.type, `${sql}.${quoteIdentifier(physicalName(field))}`, depth)}`,
      );
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${parts.join(', ')}) END`;
    }
    case 'array':
      return `list_transform(${sql}, lambda ${item}: ${logicalValue(type.elementType, item, depth + 1)})`;
    case 'map': {
      const key = logicalValue(type.keyType, `${item}.key`, depth + 1);
      const value = logicalValue(type.valueType, `${item}.value`, depth + 1);
      const entries = `list_transform(map_entries(${sql}), lambda ${item}: struct_pack(key := ${key}, value := ${value}))`;
      return `CASE WHEN ${sql} IS NOT NULL THEN map_from_entries(${entries}) END`;
    }
  }
}
