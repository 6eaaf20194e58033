import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Not, QueryFailedError, Repository } from 'typeorm';
import type { Model, Problem } from '../estimators/estimator.types.js';
import { CorruptModelError } from '../estimators/estimators.errors.js';
import { loadModel } from '../estimators/estimators.service.js';
import { EventBus } from '../events/event-bus.js';
import type { Page } from '../http/page.schema.js';
import { ModelAliasEntity, ModelVersionEntity, RegisteredModelEntity } from './model.entity.js';
import { checksumOf, ModelFiles, pathOf } from './model-files.js';
import {
  AliasNotFoundError,
  ModelDamagedError,
  ModelNotFoundError,
  ModelTypeConflictError,
  VersionInUseError,
  VersionNotFoundError,
} from './registry.errors.js';
import {
  type ModelVersion,
  type NewVersion,
  PRODUCTION,
  type RegisteredModel,
  type VersionChoice,
  type VersionFacts,
} from './registry.types.js';

interface Listing {
  readonly limit: number;
  readonly offset: number;
  readonly sort: 'name' | '-name';
}

/**
 * Which models there are, their versions, and which version each alias means. A version is here only when its files are
 * complete: they are written first, under a number that nobody else was or will be given. A crash on the way leaves a gap in the
 * numbers, and files without a row, which nothing reads and {@link ModelSweep} removes.
 */
@Injectable()
export class RegistryService {
  constructor(
    @InjectRepository(RegisteredModelEntity) private readonly models: Repository<RegisteredModelEntity>,
    @InjectRepository(ModelVersionEntity) private readonly history: Repository<ModelVersionEntity>,
    @InjectRepository(ModelAliasEntity) private readonly aliases: Repository<ModelAliasEntity>,
    private readonly files: ModelFiles,
    @Inject(EventBus) private readonly bus: EventBus,
  ) {}

  /**
   * Adds a version, and the model with its first one. Again for the same run and fingerprint it gives the version that is there.
   * @throws {ModelTypeConflictError} when the model has versions of another type
   */
  async register(given: NewVersion): Promise<ModelVersion> {
    const version = (await this.versionOfRun(given)) ?? (await this.add(given));
    // Announced again on a retry: the first attempt may have died before it could.
    await this.announce(version.model);
    return version;
  }

  /** Whether a version of the type may be registered under the name, as things stand. @throws {ModelTypeConflictError} */
  async assertTakes(model: string, type: Problem): Promise<void> {
    const other = await this.history.findOne({ where: { model, type: Not(type) }, select: { model: true } });
    if (other) throw new ModelTypeConflictError(model, type);
  }

  /** The newest version that was trained from exactly this. */
  async findByFingerprint(model: string, fingerprint: string): Promise<ModelVersion | undefined> {
    const found = await this.history.findOne({ where: { model, fingerprint }, order: { version: 'DESC' } });
    return found ? toVersion(found) : undefined;
  }

  /** The newest two hundred versions, of whichever model, that were trained from any of these tables. */
  async trainedOn(datasets: readonly string[]): Promise<ModelVersion[]> {
    const where = { datasetName: In([...datasets]) };
    return (await this.history.find({ where, order: { createdAt: 'DESC' }, take: 200 })).map(toVersion);
  }

  /** Points an alias at a version, wherever it pointed before. @throws {ModelNotFoundError | VersionNotFoundError} */
  async setAlias(model: string, alias: string, version: number): Promise<void> {
    try {
      await this.aliases.upsert({ model, alias, version, updatedAt: new Date() }, ['model', 'alias']);
    } catch (error) {
      if (!violates(error, 'model_aliases_version')) throw error;
      await this.mustKnow(model);
      throw new VersionNotFoundError(model, version);
    }
    await this.announce(model);
  }

  /** @throws {ModelNotFoundError | AliasNotFoundError} */
  async dropAlias(model: string, alias: string): Promise<void> {
    const { affected } = await this.aliases.delete({ model, alias });
    if (!affected) {
      await this.mustKnow(model);
      throw new AliasNotFoundError(model, alias);
    }
    await this.announce(model);
  }

  /** @throws {ModelNotFoundError | VersionNotFoundError | VersionInUseError} */
  async deleteVersion(model: string, number: number): Promise<void> {
    const version = await this.resolve(model, { version: number });
    await this.history.manager.transaction(async (transaction) => {
      const { affected } = await transaction.delete(ModelVersionEntity, { model, version: number }).catch((error: unknown) => {
        throw violates(error, 'model_aliases_version') ? new VersionInUseError(model, number) : error;
      });
      if (affected) await this.files.condemn(transaction, version);
    });
    await this.announce(model);
    await this.files.discard(version);
  }

  /** @returns one page, and how many there are in all */
  async list({ limit, offset, sort }: Listing): Promise<Page<RegisteredModel>> {
    const [found, total] = await this.models.findAndCount({
      order: { name: sort === 'name' ? 'ASC' : 'DESC' },
      take: limit,
      skip: offset,
    });
    return { items: await this.describe(found), total };
  }

  /** Of every model, in order. */
  async names(): Promise<string[]> {
    const found = await this.models.find({ select: { name: true }, order: { name: 'ASC' } });
    return found.map(({ name }) => name);
  }

  /** How many models have a version in production. */
  countServed(): Promise<number> {
    return this.aliases.countBy({ alias: PRODUCTION });
  }

  /** Those of the names that are registered, each with its type. */
  async typesOf(names: readonly string[]): Promise<ReadonlyMap<string, Problem>> {
    const found = await this.models.findBy({ name: In([...names]) });
    return new Map(found.map(({ name, type }) => [name, type]));
  }

  /** @throws {ModelNotFoundError} */
  async find(name: string): Promise<RegisteredModel> {
    const [model] = await this.describe(await this.models.findBy({ name }));
    if (!model) throw new ModelNotFoundError(name);
    return model;
  }

  /** Newest first. @throws {ModelNotFoundError} */
  async versions(model: string): Promise<ModelVersion[]> {
    const found = await this.history.find({ where: { model }, order: { version: 'DESC' } });
    if (found.length === 0) await this.mustKnow(model);
    return found.map(toVersion);
  }

  /** @throws {ModelNotFoundError | VersionNotFoundError | AliasNotFoundError} */
  async resolve(model: string, choice: VersionChoice): Promise<ModelVersion> {
    const found =
      'alias' in choice
        ? (await this.aliases.findOne({ where: { model, alias: choice.alias }, relations: { target: true } }))?.target
        : await this.history.findOneBy({ model, version: choice.version });
    if (found) return toVersion(found);
    await this.mustKnow(model);
    throw 'alias' in choice ? new AliasNotFoundError(model, choice.alias) : new VersionNotFoundError(model, choice.version);
  }

  /** Reads the model itself; its file must have the checksum that stands here. @throws {ModelDamagedError} */
  async load(version: ModelVersion): Promise<Model> {
    const bytes = await this.files.read(version);
    try {
      return loadModel(bytes);
    } catch (error) {
      throw error instanceof CorruptModelError ? new ModelDamagedError(version.model, version.version, error.message) : error;
    }
  }

  /** Whether the model file is there, and is what was registered. */
  async isWhole(version: ModelVersion): Promise<boolean> {
    try {
      await this.files.read(version);
      return true;
    } catch (error) {
      if (error instanceof ModelDamagedError) return false;
      throw error;
    }
  }

  private async add({ file, description, alias, ...facts }: NewVersion): Promise<ModelVersion> {
    const checksum = await checksumOf(file);
    for (;;) {
      const number = await this.allot(facts, description, checksum);
      const path = pathOf(facts.model, number);
      const version = { ...facts, version: number, createdAt: new Date(), path, bytes: file.byteLength, checksum };
      // Taken, when the database was restored to a day before these files: pass over them.
      if (await this.files.create(version, file)) return this.insert(version, alias);
      await this.files.disown(version);
    }
  }

  /** The next number of a model, with a claim to its files. It is spent even if no version comes of it, so no two registrations share a folder. */
  private async allot({ model, type }: VersionFacts, description: string | undefined, checksum: string): Promise<number> {
    // By itself: an upsert that meets another fails at the unique (name, type), which is not the key that it asks about.
    await this.models.query(
      `insert into lab.registered_models (name, type, description, last_version) values ($1, $2, '', 0) on conflict do nothing`,
      [model, type],
    );
    const [allotted] = await this.models.query<{ version: number }[]>(
      `with allotted as (
         update lab.registered_models
         set last_version = last_version + 1, type = $2, description = coalesce(nullif($3, ''), description)
         where name = $1 and (type = $2 or not exists (select from lab.model_versions where model = $1))
         returning name, last_version),
       claimed as (
         insert into lab.model_claims (model, version, checksum) select name, last_version, $4 from allotted returning version)
       select version from claimed`,
      [model, type, description, checksum],
    );
    if (!allotted) throw new ModelTypeConflictError(model, type);
    return allotted.version;
  }

  private async insert(version: ModelVersion, alias: string | undefined): Promise<ModelVersion> {
    const { dataset, features, ...columns } = version;
    const row = { ...columns, features: [...features], datasetName: dataset.name, datasetVersion: dataset.version };
    try {
      await this.history.manager.transaction(async (transaction) => {
        await this.files.keep(transaction, version);
        await transaction.insert(ModelVersionEntity, row);
        if (alias === undefined) return;
        const target = { model: version.model, alias, version: version.version, updatedAt: new Date() };
        await transaction.upsert(ModelAliasEntity, target, ['model', 'alias']);
      });
      return version;
    } catch (error) {
      // Only what PostgreSQL refused is surely not there. After a lost connection the row may stand, and it needs its files.
      const twin = violates(error, 'model_versions_run');
      const conflict = violates(error, 'model_versions_model');
      if (twin || conflict) await this.files.discard(version);
      if (conflict) throw new ModelTypeConflictError(version.model, version.type);
      const registered = twin ? await this.versionOfRun(version) : undefined;
      if (!registered) throw error;
      return registered;
    }
  }

  private async versionOfRun({ model, runId, fingerprint }: VersionFacts): Promise<ModelVersion | undefined> {
    if (runId === null || fingerprint === null) return undefined;
    const found = await this.history.findOneBy({ model, runId, fingerprint });
    return found ? toVersion(found) : undefined;
  }

  private async describe(models: readonly RegisteredModelEntity[]): Promise<RegisteredModel[]> {
    const model = In(models.map(({ name }) => name));
    const [aliases, newest] = await Promise.all([
      this.aliases.find({ where: { model }, order: { alias: 'ASC' } }),
      this.history
        .createQueryBuilder('version')
        .select(['version.model as model', 'max(version.version) as latest'])
        .where({ model })
        .groupBy('version.model')
        .getRawMany<{ model: string; latest: number }>(),
    ]);
    const latest = new Map(newest.map((version) => [version.model, version.latest]));
    return models.map(({ name, type, description }) => ({
      name,
      type,
      description,
      latestVersion: latest.get(name) ?? null,
      aliases: Object.fromEntries(aliases.filter((alias) => alias.model === name).map(({ alias, version }) => [alias, version])),
    }));
  }

  private async mustKnow(model: string): Promise<void> {
    if (!(await this.models.existsBy({ name: model }))) throw new ModelNotFoundError(model);
  }

  private announce(model: string): Promise<void> {
    return this.bus.publish({ type: 'model.changed', model });
  }
}

const violates = (error: unknown, constraint: string): boolean =>
  error instanceof QueryFailedError && 'constraint' in error.driverError && error.driverError.constraint === constraint;

const toVersion = ({ datasetName, datasetVersion, params, ...columns }: ModelVersionEntity): ModelVersion => ({
  ...columns,
  params: { ...params },
  dataset: { name: datasetName, version: datasetVersion },
});
