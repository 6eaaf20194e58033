import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Config } from '../../../src/config/lab-config.js';
import { goProgram } from './go-program.js';
import { ServerProcess } from './server-process.js';

const LOGIN = { accessKeyId: 'lab', secretAccessKey: 'a-long-secret' };

/** A service that speaks S3, conditional writes included: versitygw over a temporary folder. */
export class S3Server {
  private constructor(
    private readonly program: string,
    private readonly process: ServerProcess,
  ) {}

  static async start(): Promise<S3Server> {
    const program = await goProgram('versitygw', 'github.com/versity/versitygw/cmd/versitygw@v1.8.0');
    const server = new S3Server(program, await ServerProcess.prepare('s3'));
    await mkdir(server.buckets);
    await server.startAgain();
    return server;
  }

  get port(): number {
    return this.process.port;
  }

  /** On the same port, with all that it had. */
  startAgain(): Promise<void> {
    const login = ['--access', LOGIN.accessKeyId, '--secret', LOGIN.secretAccessKey];
    return this.process.start(this.program, [...login, '--port', `127.0.0.1:${this.port}`, 'posix', this.buckets]);
  }

  /** @param endpoint of what stands before it, when something does */
  config(bucket: string, prefix = '', endpoint = `http://127.0.0.1:${this.port}`): S3Config {
    const url = `s3://${[bucket, prefix].filter(Boolean).join('/')}`;
    return { url, bucket, prefix, endpoint, region: 'us-east-1', login: LOGIN, pathStyle: true };
  }

  /** What a process is told to keep its tables there. */
  settings(bucket: string, endpoint = `http://127.0.0.1:${this.port}`): Record<string, string> {
    const login = { AWS_ACCESS_KEY_ID: LOGIN.accessKeyId, AWS_SECRET_ACCESS_KEY: LOGIN.secretAccessKey };
    return { LAKE_URL: `s3://${bucket}/lake`, S3_ENDPOINT: endpoint, ...login };
  }

  /** Where it keeps what {@link settings} name. */
  lakeFolder(bucket: string): string {
    return join(this.buckets, bucket, 'lake');
  }

  /** Uploads in parts that somebody began and nobody ended. */
  async unfinished(bucket: string): Promise<number> {
    const objects = join(this.buckets, bucket, '.sgwtmp/multipart');
    const uploads = await Promise.all((await namesIn(objects)).map((object) => namesIn(join(objects, object))));
    return uploads.flat().length;
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private get buckets(): string {
    return join(this.process.folder, 'buckets');
  }
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
