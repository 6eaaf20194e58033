import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { Cache } from './cache.port.js';
import { MemoryCache } from './memory.cache.js';
import { RedisCache } from './redis.cache.js';

const MEMORY_BYTES = 64 * 1024 * 1024;

const openCache = async ({ redisUrl, cacheTtlMs: ttlMs }: LabConfig): Promise<Cache> =>
  redisUrl ? RedisCache.open(redisUrl, { ttlMs }) : new MemoryCache({ ttlMs, maxBytes: MEMORY_BYTES });

/** The only file that knows which caches there are. */
@Global()
@Module({
  providers: [{ provide: Cache, inject: [LabConfig], useFactory: openCache }],
  exports: [Cache],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(@Inject(Cache) private readonly cache: Cache) {}

  onApplicationShutdown(): Promise<void> {
    return this.cache.close();
  }
}
