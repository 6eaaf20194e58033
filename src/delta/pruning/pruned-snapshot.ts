import type { Condition } from '../../engines/sql/sql.port.js';
import type { Snapshot } from '../delta.types.js';
import { physicalMetadata } from '../schema/column-mapping.js';
import { typeFromSql } from '../schema/sql-type.js';
import { fileFilter } from './file-filter.js';

/** @returns the snapshot without the files that hold no row which fulfils a condition; its figures are those of the whole */
export function pruned(snapshot: Snapshot, condition: Condition): Snapshot {
  const fields = snapshot.columns.map((column) => ({
    ...{ ...column, type: typeFromSql(column) },
    metadata: physicalMetadata(snapshot.mapping?.[column.name]?.name),
  }));
  return { ...snapshot, files: snapshot.files.filter(fileFilter(condition, fields, snapshot.partitionColumns)) };
}
