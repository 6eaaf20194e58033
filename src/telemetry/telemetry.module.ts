import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import pretty from 'pino-pretty';
import { LabConfig } from '../config/lab-config.js';
import { logContext } from './log-context.js';
import { RequestLog } from './request-log.js';

/** What the framework says of itself at every start. */
const FRAMEWORK = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** One line of log a fact: JSON in production, for people elsewhere. Lines of a request and of a run carry its id. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [LabConfig],
      useFactory: ({ logLevel, environment }: LabConfig) => ({
        pinoHttp: [
          {
            level: logLevel,
            mixin: logContext,
            hooks: {
              logMethod(line, log) {
                const [{ context }] = line as unknown as [{ context?: string }];
                if (!FRAMEWORK.has(context ?? '') || this.isLevelEnabled('debug')) log.apply(this, line);
              },
            },
          },
          environment === 'production'
            ? process.stdout
            : pretty({
                ignore: 'pid,hostname,context,request_id,run_id',
                messageFormat: '{msg}{if request_id} (request {request_id}){end}{if run_id} (run {run_id}){end}',
                translateTime: 'SYS:HH:MM:ss',
                singleLine: true,
              }),
        ],
        // Its middleware writes every request down before it knows whether there will be a line: more than a prediction costs.
        forRoutes: [],
      }),
    }),
  ],
  providers: [RequestLog],
})
export class TelemetryModule {}
