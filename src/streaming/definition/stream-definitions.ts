import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { parseYaml } from '../../config/yaml-file.js';
import { TransformsService } from '../../medallion/models/transforms.service.js';
import { InvalidStreamsError, StreamNotFoundError } from '../streaming.errors.js';
import { type StreamDeclaration, StreamFile } from './stream.schema.js';
import { declarationOf } from './stream-declaration.js';

/** The streams of the workspace, read and checked once at start-up. */
@Injectable()
export class StreamDefinitions implements OnModuleInit {
  private readonly streams = new Map<string, StreamDeclaration>();

  constructor(
    private readonly config: LabConfig,
    private readonly models: TransformsService,
  ) {}

  /** @throws {InvalidStreamsError} with every problem of every file, not only the first */
  async onModuleInit(): Promise<void> {
    const taken = this.placesOfModels();
    const problems: string[] = [];
    for (const { file, text } of await this.readFiles()) {
      const parsed = parseYaml(text, unlessTaken(taken));
      if (!parsed.ok) problems.push(...parsed.problems.map(({ line, message }) => `${file}:${line}: ${message}`));
      else {
        for (const place of placesOf(parsed.value)) taken.set(place, `is that of ${file} already`);
        if (this.config.samples || !parsed.value.sample) this.streams.set(parsed.value.name, declarationOf(parsed.value));
      }
    }
    if (problems.length > 0) throw new InvalidStreamsError(problems);
  }

  /** In order of name. */
  all(): StreamDeclaration[] {
    return [...this.streams.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @throws {StreamNotFoundError} */
  find(name: string): StreamDeclaration {
    const stream = this.streams.get(name);
    if (!stream) throw new StreamNotFoundError(name);
    return stream;
  }

  private async readFiles(): Promise<{ file: string; text: string }[]> {
    const folder = join(this.config.workspaceDir, 'streams');
    const names = (await readdir(folder).catch(nothingWhenAbsent)).filter((name) => /\.ya?ml$/.test(name)).sort();
    return Promise.all(
      names.map(async (name) => ({ file: this.shown('streams', name), text: await readFile(join(folder, name), 'utf8') })),
    );
  }

  /** A build would replace what a stream has written, and the stream add to what was built. */
  private placesOfModels(): Map<string, string> {
    return new Map(
      this.models
        .inOrder()
        .map(({ name, file }) => [`to.table ${name}`, `is built by ${this.shown(file)}: a stream needs a table of its own`]),
    );
  }

  private shown(...path: readonly string[]): string {
    return join(basename(this.config.workspaceDir), ...path);
  }
}

/** Two streams that wrote one table would take each other's rows away. */
const placesOf = ({ name, to: { table, postgres } }: StreamFile): string[] => [
  `name ${name}`,
  ...(table === undefined ? [] : [`to.table ${table}`]),
  ...(postgres === undefined ? [] : [`to.postgres ${postgres}`]),
];

/** @param taken what to say of each place that is not free */
const unlessTaken = (taken: ReadonlyMap<string, string>) =>
  StreamFile.superRefine((file, issues) => {
    for (const place of placesOf(file)) {
      const [key, value] = place.split(' ');
      const other = taken.get(place);
      if (other !== undefined) {
        issues.addIssue({ code: 'custom', message: `"${value}" ${other}`, path: key.split('.') });
      }
    }
  });

function nothingWhenAbsent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
