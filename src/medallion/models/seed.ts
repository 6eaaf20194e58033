import type { Relation } from '../../engines/sql/sql.port.js';
import type { ModelHeader } from './model.schema.js';

/** The rows of a seed's file. */
export const seedRelation = (file: string, csv: NonNullable<ModelHeader['csv']>): Relation => ({
  format: 'csv',
  files: [file],
  csv: {
    delimiter: csv.delimiter,
    quote: '"',
    header: true,
    columns: Object.entries(csv.columns).map(([name, type]) => ({ name, type })),
    ...(csv.null_value === undefined ? {} : { nullValue: csv.null_value }),
  },
});
