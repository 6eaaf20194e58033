import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidLabFileError } from './lab-file.errors.js';
import { parseYaml } from './yaml-file.js';

const nameOf = (what: string) => z.string(`must be the name of ${what}`).min(1, `must be the name of ${what}`);

/** `lab.yaml` of the workspace: what a request means that does not say. */
export const LabSettings = z.strictObject({
  default_model: nameOf('a registered model').optional(),
  default_training: z
    .strictObject({
      dataset: nameOf('a dataset, such as gold.delay_training'),
      targets: z.strictObject({ regression: nameOf('a column'), classification: nameOf('a column') }),
    })
    .optional(),
});
type LabSettings = z.infer<typeof LabSettings>;

export interface DefaultTraining {
  readonly dataset: string;
  /** The column to predict, by the kind of problem. */
  readonly targets: { readonly regression: string; readonly classification: string };
}

/** The defaults of the workspace, read once at the start. */
export abstract class LabFile {
  /** The model that answers when a request names none. */
  abstract readonly defaultModel: string | undefined;
  /** What is trained on when a request names no dataset. */
  abstract readonly defaultTraining: DefaultTraining | undefined;
}

/**
 * @param workspaceDir the folder of `lab.yaml`; without the file there are no defaults
 * @throws {InvalidLabFileError} with the line of everything that is wrong
 */
export function readLabFile(workspaceDir: string): LabFile {
  const file = join(workspaceDir, 'lab.yaml');
  const settings = existsSync(file) ? parseLabFile(file, readFileSync(file, 'utf8')) : {};
  return Object.freeze({ defaultModel: settings.default_model, defaultTraining: settings.default_training });
}

function parseLabFile(file: string, text: string): LabSettings {
  const parsed = parseYaml(text, LabSettings);
  if (!parsed.ok) throw new InvalidLabFileError(file, parsed.problems);
  return parsed.value;
}
