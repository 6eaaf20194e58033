import { z } from 'zod';

const DatasetName = z.string().min(1).max(300).meta({ description: 'Layer and table', example: 'gold.routes' });

const Datasets = z
  .array(DatasetName)
  .min(1)
  .optional()
  .meta({ description: 'Tables to look after; all of the lake when not given' });

const Condition = z
  .string()
  .min(1)
  .max(10_000)
  .meta({ description: 'An SQL condition over the columns of one row', example: "origin = 'ABE'" });

const LARGEST_FILE_MB = 4096;

export const OptimizeRequest = z
  .strictObject({
    target_mb: z
      .number()
      .positive()
      .max(LARGEST_FILE_MB)
      .default(128)
      .meta({ description: 'How large files become; those of three quarters of it or more are left alone' }),
    sort_by: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'Columns by which rows are sorted, so that readers can skip more', example: ['origin'] }),
  })
  .meta({ id: 'OptimizeRequest', example: { target_mb: 128 } });

export const VacuumRequest = z
  .strictObject({
    retention_hours: z
      .number()
      .min(0)
      .optional()
      .meta({ description: 'Files of versions that are not older stay; what the table asks for, or a week, when not given' }),
    force: z
      .boolean()
      .default(false)
      .meta({ description: 'Take fewer hours than the table asks for: only right when nobody else reads or writes it' }),
    dry_run: z.boolean().default(true).meta({ description: 'Only say what would be removed' }),
  })
  .meta({ id: 'VacuumRequest', example: { dry_run: true } });

export const RestoreRequest = z
  .strictObject({
    version: z.int().min(0).optional().meta({ description: 'The version whose rows come back', example: 0 }),
    timestamp: z.iso.datetime({ offset: true }).optional().meta({ description: 'Or the newest one that was there at a time' }),
  })
  .refine(({ version, timestamp }) => (version === undefined) !== (timestamp === undefined), 'Give a version or a timestamp')
  .meta({ id: 'RestoreRequest', example: { version: 0 } });

export const DeleteRowsRequest = z
  .strictObject({ where: Condition })
  .meta({ id: 'DeleteRowsRequest', example: { where: "origin = 'ABE'" } });

export const UpdateRowsRequest = z
  .strictObject({
    set: z
      .record(z.string(), z.string().min(1).max(10_000))
      .refine((set) => Object.keys(set).length > 0, 'Name at least one column')
      .meta({ description: 'By column an SQL expression over the old row', example: { origin: 'upper(origin)' } }),
    where: Condition.optional().meta({ description: 'Rows to change; all of them when not given' }),
  })
  .meta({ id: 'UpdateRowsRequest', example: { set: { origin: 'upper(origin)' }, where: "origin = 'ABE'" } });

export const OptimizeOptions = OptimizeRequest.extend({ datasets: Datasets }).meta({ id: 'OptimizeOptions' });
export type OptimizeOptions = z.output<typeof OptimizeOptions>;
export const VacuumOptions = VacuumRequest.extend({ datasets: Datasets }).meta({ id: 'VacuumOptions' });
export type VacuumOptions = z.output<typeof VacuumOptions>;
export const CleanLogOptions = z.strictObject({ datasets: Datasets }).meta({ id: 'CleanLogOptions' });
export type CleanLogOptions = z.output<typeof CleanLogOptions>;
export const RestoreOptions = RestoreRequest.safeExtend({ dataset: DatasetName }).meta({ id: 'RestoreOptions' });
export type RestoreOptions = z.output<typeof RestoreOptions>;
export const DeleteRowsOptions = DeleteRowsRequest.extend({ dataset: DatasetName }).meta({ id: 'DeleteRowsOptions' });
export type DeleteRowsOptions = z.output<typeof DeleteRowsOptions>;
export const UpdateRowsOptions = UpdateRowsRequest.extend({ dataset: DatasetName }).meta({ id: 'UpdateRowsOptions' });
export type UpdateRowsOptions = z.output<typeof UpdateRowsOptions>;
