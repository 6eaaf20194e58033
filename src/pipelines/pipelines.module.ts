import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LabConfig } from '../config/lab-config.js';
import { DeclaredTasks } from './definition/declared-tasks.js';
import { PipelineDefinitions } from './definition/pipeline-definitions.js';
import { ExecutionSettings } from './execution/execution-settings.js';
import { RunExecutor } from './execution/run-executor.js';
import { RunGauge } from './execution/run-metrics.js';
import { RunQueue } from './execution/run-queue.js';
import { RunStore } from './execution/run-store.js';
import { JobHistory } from './history/job-history.js';
import { PipelineRunEntity } from './history/pipeline-run.entity.js';
import { RunHistory } from './history/run-history.js';
import { RunLogEntity } from './history/run-log.entity.js';
import { RunLogFeed } from './history/run-log-feed.js';
import { RunLogReply } from './history/run-log-reply.js';
import { RunLogs } from './history/run-logs.js';
import { RunRetention } from './history/run-retention.js';
import { TaskRunEntity } from './history/task-run.entity.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';
import { PipelineOverview } from './pipeline-overview.js';
import { PipelinesController } from './pipelines.controller.js';
import { PipelinesService } from './pipelines.service.js';
import { RunsController } from './runs.controller.js';
import { PipelineEntity } from './schedule/pipeline.entity.js';
import { PipelineSchedule } from './schedule/pipeline-schedule.js';

@Module({
  imports: [
    DiscoveryModule,
    ScheduleModule.forRoot(),
    TypeOrmModule.forFeature([PipelineEntity, PipelineRunEntity, TaskRunEntity, RunLogEntity]),
  ],
  controllers: [PipelinesController, RunsController, JobsController],
  providers: [
    DeclaredTasks,
    JobHistory,
    JobsService,
    PipelineDefinitions,
    PipelineOverview,
    PipelineSchedule,
    PipelinesService,
    RunExecutor,
    RunGauge,
    RunHistory,
    RunLogFeed,
    RunLogReply,
    RunLogs,
    RunQueue,
    RunRetention,
    RunStore,
    { provide: ExecutionSettings, inject: [LabConfig], useFactory: (config: LabConfig) => ExecutionSettings.of(config) },
  ],
  exports: [PipelinesService, JobsService],
})
export class PipelinesModule {}
