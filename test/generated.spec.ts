import { z } from 'zod';
import { LabSettings } from '../src/config/lab-file.js';
import { describeSettings } from '../src/config/settings.schema.js';
import { SourceDeclaration } from '../src/etl/source.schema.js';
import { ModelHeader } from '../src/medallion/models/model.schema.js';
import { PipelineFile } from '../src/pipelines/definition/pipeline.schema.js';
import { StreamFile } from '../src/streaming/definition/stream.schema.js';
import { expectGenerated } from './fixtures/generated.js';

const schemaText = (schema: z.ZodType): string =>
  `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`;

describe('generated files', () => {
  it('.env.example', () => expectGenerated('.env.example', describeSettings()));

  it.each([
    ['lab', LabSettings],
    ['pipeline', PipelineFile],
    ['source', SourceDeclaration],
    ['model-header', ModelHeader],
    ['stream', StreamFile],
  ])('docs/schemas/%s.json', (name, schema) => expectGenerated(`docs/schemas/${name}.json`, schemaText(schema)));
});
