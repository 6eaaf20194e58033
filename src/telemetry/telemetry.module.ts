import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import pretty from 'pino-pretty';
import { LabConfig } from '../config/lab-config.js';

interface LoggedRequest {
  id?: unknown;
  method?: string;
  url?: string;
}

/** What the framework says of itself at every start. */
const FRAMEWORK = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** One line of log a fact: JSON in production, for people elsewhere. Lines of a request carry its id. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [LabConfig],
      useFactory: ({ logLevel, environment }: LabConfig) => ({
        pinoHttp: [
          {
            level: logLevel,
            genReqId: (request: LoggedRequest) => request.id as string,
            customAttributeKeys: { reqId: 'request_id' },
            quietReqLogger: true,
            hooks: {
              logMethod(line, log) {
                const [{ context }] = line as unknown as [{ context?: string }];
                if (!FRAMEWORK.has(context ?? '') || this.isLevelEnabled('debug')) log.apply(this, line);
              },
            },
            customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'debug'),
            customSuccessMessage: (request: LoggedRequest, response, milliseconds) =>
              `${request.method} ${request.url} ${response.statusCode} in ${milliseconds} ms`,
            redact: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["x-api-key"]'],
          },
          environment === 'production'
            ? process.stdout
            : pretty({
                ignore: 'pid,hostname,req,res,responseTime,context',
                messageFormat: '{msg}',
                translateTime: 'SYS:HH:MM:ss',
                singleLine: true,
              }),
        ],
      }),
    }),
  ],
})
export class TelemetryModule {}
