import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { ApiProblems } from '../http/problem.schema.js';
import {
  Alias,
  AliasTarget,
  ModelDetails,
  type ModelItem,
  ModelList,
  ModelQuery,
  OtherAlias,
  type VersionItem,
} from './model.schema.js';
import { ModelName, VersionNumber } from './model-name.types.js';
import { RegistryService } from './registry.service.js';
import { type Metrics, type ModelVersion, PRODUCTION, type RegisteredModel } from './registry.types.js';

@ApiTags('models')
@Controller('models')
export class ModelsController {
  constructor(private readonly registry: RegistryService) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'List the registered models' })
  @ApiOkResponse({ standardSchema: ModelList })
  @ApiProblems(400)
  async list(@Query({ schema: ModelQuery }) query: ModelQuery): Promise<ModelList> {
    const [models, { items, total }] = await Promise.all([this.registry.names(), this.registry.list(query)]);
    return { models, items: items.map(toItem), total };
  }

  @Get(':name')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One model with its versions, newest first' })
  @ApiOkResponse({ standardSchema: ModelDetails })
  @ApiProblems(400, 404)
  async find(@Param('name', { schema: ModelName }) name: string): Promise<ModelDetails> {
    const [model, versions] = await Promise.all([this.registry.find(name), this.registry.versions(name)]);
    const { type, description, aliases } = toItem(model);
    return { name, type, description, aliases, versions: versions.map(toVersionItem) };
  }

  @Put(`:name/aliases/${PRODUCTION}`)
  @RequireRole('admin')
  @ApiOperation({ summary: 'Promote a version: it answers from now on where a request names neither version nor alias' })
  @ApiOkResponse({ standardSchema: Alias })
  @ApiProblems(400, 404)
  promote(
    @Param('name', { schema: ModelName }) name: string,
    @Body({ schema: AliasTarget }) target: AliasTarget,
  ): Promise<Alias> {
    return this.point(name, PRODUCTION, target);
  }

  @Delete(`:name/aliases/${PRODUCTION}`)
  @RequireRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take a model out of production' })
  @ApiNoContentResponse()
  @ApiProblems(400, 404)
  demote(@Param('name', { schema: ModelName }) name: string): Promise<void> {
    return this.registry.dropAlias(name, PRODUCTION);
  }

  @Put(':name/aliases/:alias')
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Point an alias at a version' })
  @ApiOkResponse({ standardSchema: Alias })
  @ApiProblems(400, 404)
  setAlias(
    @Param('name', { schema: ModelName }) name: string,
    @Param('alias', { schema: OtherAlias }) alias: string,
    @Body({ schema: AliasTarget }) target: AliasTarget,
  ): Promise<Alias> {
    return this.point(name, alias, target);
  }

  @Delete(':name/aliases/:alias')
  @RequireRole('engineer')
  @HttpCode(204)
  @ApiOperation({ summary: 'Drop an alias' })
  @ApiNoContentResponse()
  @ApiProblems(400, 404)
  dropAlias(
    @Param('name', { schema: ModelName }) name: string,
    @Param('alias', { schema: OtherAlias }) alias: string,
  ): Promise<void> {
    return this.registry.dropAlias(name, alias);
  }

  @Delete(':name/versions/:version')
  @RequireRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a version that carries no alias, with its files' })
  @ApiNoContentResponse()
  @ApiProblems(400, 404, 409)
  deleteVersion(
    @Param('name', { schema: ModelName }) name: string,
    @Param('version', { schema: VersionNumber }) version: number,
  ): Promise<void> {
    return this.registry.deleteVersion(name, version);
  }

  private async point(model: string, alias: string, { version }: AliasTarget): Promise<Alias> {
    await this.registry.setAlias(model, alias, version);
    return { model, alias, version: String(version) };
  }
}

const toItem = ({ name, type, description, latestVersion, aliases }: RegisteredModel): ModelItem => ({
  name,
  type,
  description,
  latest_version: latestVersion === null ? null : String(latestVersion),
  aliases: Object.fromEntries(Object.entries(aliases).map(([alias, version]) => [alias, String(version)])),
});

const toVersionItem = (version: ModelVersion): VersionItem => ({
  version: String(version.version),
  created_at: version.createdAt.toISOString(),
  estimator: version.estimator,
  params: version.params,
  metrics: toJson(version.metrics),
  baseline_metrics: toJson(version.baselineMetrics),
  dataset: version.dataset,
  features: [...version.features],
  target: version.target,
  run_id: version.runId,
  checksum: version.checksum,
  bytes: version.bytes,
});

const toJson = (metrics: Metrics): VersionItem['metrics'] =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : (String(value) as 'NaN')]),
  );
