import { Injectable } from '@nestjs/common';
import { DatasetNotFoundError } from '../../catalog/catalog.errors.js';
import { CatalogService } from '../../catalog/catalog.service.js';
import type { InputVersion, Origins } from '../../catalog/catalog.types.js';
import { RegistryService } from '../../registry/registry.service.js';
import { TransformsService } from '../models/transforms.service.js';
import { WarehouseService } from '../warehouse/warehouse.service.js';
import type { Lineage } from './lineage.schema.js';
import { LineageGraph } from './lineage-graph.js';

/** Where the rows of a table came from, and where they went: from the file to the version of a model. */
@Injectable()
export class LineageService {
  constructor(
    private readonly catalog: CatalogService,
    private readonly registry: RegistryService,
    private readonly transforms: TransformsService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** @throws {DatasetNotFoundError} when there is neither a table nor a SQL model of that name */
  async of(name: string): Promise<Lineage> {
    const graph = new LineageGraph();
    this.addTables(graph, await this.catalog.origins());
    this.addModels(graph);
    for (const { dataset, version, run_id } of (await this.warehouse.describe()).tables) {
      if (version === null || !graph.has(`dataset:${dataset}`)) continue;
      graph.connect(`dataset:${dataset}`, graph.add('warehouse_table', dataset, version), { version, run_id });
    }
    const id = [`dataset:${name}`, `sql_model:${name}`].find((known) => graph.has(known));
    if (id === undefined) throw new DatasetNotFoundError(name);
    const near = graph.around(id).nodes.filter(({ kind }) => kind === 'dataset');
    await this.addTrainings(
      graph,
      near.map((node) => node.name),
    );
    return graph.around(id);
  }

  private addTables(graph: LineageGraph, tables: readonly Origins[]): void {
    for (const { dataset, version } of tables) graph.add('dataset', dataset, version);
    for (const { dataset, made } of tables) {
      for (const { inputs, runId, operation } of made) {
        for (const input of inputs) {
          const from = this.add(graph, dataset, input, operation);
          graph.connect(from, `dataset:${dataset}`, { version: input.version, run_id: runId });
        }
      }
    }
  }

  /** @returns the id of what a dataset was made from; a topic may have the name of a table */
  private add(graph: LineageGraph, dataset: string, { name, version }: InputVersion, operation: string): string {
    if (FROM_TOPICS.includes(operation)) return graph.add('topic', name);
    if (graph.has(`dataset:${name}`)) return `dataset:${name}`;
    const isFile = name.startsWith('landing/') || this.transforms.find(dataset)?.csv?.path === name;
    return graph.add(isFile ? 'file' : version === null ? 'source' : 'dataset', name);
  }

  /** What the syntax tree of a SELECT says is true before anything was built. */
  private addModels(graph: LineageGraph): void {
    const models = this.transforms.inOrder();
    const names = new Set(models.map(({ name }) => name));
    // What is neither a table nor a model is a table to come: its source was never loaded.
    const idOf = (name: string): string =>
      names.has(name) && !graph.has(`dataset:${name}`) ? graph.add('sql_model', name) : graph.add('dataset', name);
    for (const { name, reads, csv } of models) {
      const id = idOf(name);
      if (csv) graph.connect(graph.add('file', csv.path), id);
      for (const read of reads) graph.connect(idOf(read), id);
    }
  }

  private async addTrainings(graph: LineageGraph, datasets: readonly string[]): Promise<void> {
    for (const { model, version, dataset, runId } of await this.registry.trainedOn(datasets)) {
      const how = { version: dataset.version, run_id: runId };
      const learnt = graph.add('model_version', `${model}:${version}`, version);
      if (runId === null) graph.connect(`dataset:${dataset.name}`, learnt, how);
      else {
        const run = graph.add('training_run', runId);
        graph.connect(`dataset:${dataset.name}`, run, how);
        graph.connect(run, learnt, { run_id: runId });
      }
    }
  }
}

/** Writes whose inputs are topics. */
const FROM_TOPICS = ['LANDING', 'STREAMING UPDATE'];
