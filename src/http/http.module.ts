import { Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { HealthFacts } from './health-facts.js';

@Module({ providers: [Drain, HealthFacts], exports: [Drain, HealthFacts] })
export class HttpModule {}
