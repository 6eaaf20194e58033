import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from '../../fixtures/free-port.js';
import { debianProgram } from './debian-package.js';
import { mavenLibraries } from './maven-library.js';
import { ServerProcess } from './server-process.js';

const run = promisify(execFile);

const LIBRARIES = ['org.apache.kafka:kafka_2.13:4.1.1', 'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3'];
const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg';
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

export interface KafkaServerOptions {
  /** With a certificate for `localhost` that signs itself: {@link KafkaServer.authority}. */
  readonly tls?: boolean;
  /** Passwords by name: nobody else may come in, and these by each mechanism. */
  readonly users?: Readonly<Record<string, string>>;
  /** Further ones, as in `server.properties`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** One broker of Apache Kafka, its own controller. */
export class KafkaServer {
  private constructor(
    private readonly java: string,
    private readonly libraries: string,
    private readonly process: ServerProcess,
    private readonly options: KafkaServerOptions,
  ) {}

  static async start(options: KafkaServerOptions = {}): Promise<KafkaServer> {
    const java = await debianProgram('/usr/bin/java', 'openjdk-17-jre-headless');
    const libraries = await mavenLibraries('kafka-4.1.1', LIBRARIES);
    const server = new KafkaServer(java, libraries, await ServerProcess.prepare('kafka'), options);
    await server.format();
    await server.startAgain();
    return server;
  }

  /** What `KAFKA_BROKERS` takes. */
  get brokers(): string {
    return `${this.options.tls ? 'localhost' : '127.0.0.1'}:${this.process.port}`;
  }

  /** What `KAFKA_CA_FILE` takes, of a server with TLS. */
  get authority(): string {
    return join(this.folder, 'cert.pem');
  }

  /** On the same port, with all that it had. It answers when this resolves. */
  startAgain(): Promise<void> {
    const memory = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC'];
    return this.process.start(this.java, [...memory, '-cp', `${this.libraries}/*`, 'kafka.Kafka', this.properties]);
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  freeze(): void {
    this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }

  /** Takes from a partition what stands before the offset, as retention does; of a server without TLS and users. */
  async trim(topic: string, partition: number, before: number): Promise<void> {
    const admin = new Kafka({ brokers: [this.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      // What deletes does not ask who leads the partition; this does.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    } finally {
      await admin.disconnect();
    }
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private get folder(): string {
    return this.process.folder;
  }

  private get properties(): string {
    return join(this.folder, 'server.properties');
  }

  private async format(): Promise<void> {
    if (this.options.tls) await this.makeCertificate();
    const settings = { ...(await this.usualSettings()), ...this.securitySettings(), ...this.options.settings };
    await writeFile(
      this.properties,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const users = Object.entries(this.options.users ?? {}).flatMap(([name, password]) =>
      MECHANISMS.slice(1).flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
    );
    const tool = ['-XX:TieredStopAtLevel=1', '-cp', `${this.libraries}/*`, 'kafka.tools.StorageTool'];
    await run(this.java, [...tool, 'format', '--standalone', '-t', CLUSTER, '-c', this.properties, ...users]);
  }

  private async usualSettings(): Promise<Record<string, string>> {
    const [controller, inner] = [await freePort(), await freePort()];
    const { tls, users } = this.options;
    const listeners = `CLIENTS://${this.brokers},INNER://127.0.0.1:${inner},CONTROLLER://127.0.0.1:${controller}`;
    return {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'INNER',
      listeners,
      'advertised.listeners': listeners,
      'listener.security.protocol.map': `CLIENTS:${protocolOf(tls, users)},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT`,
      'log.dirs': join(this.folder, 'data'),
      'auto.create.topics.enable': 'false',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '4',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
    };
  }

  private securitySettings(): Record<string, string> {
    const { tls, users } = this.options;
    const settings: Record<string, string> = {};
    if (tls) {
      settings['ssl.keystore.type'] = 'PEM';
      settings['ssl.keystore.location'] = join(this.folder, 'key.pem');
    }
    if (users) {
      const logins = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`);
      const modules = 'org.apache.kafka.common.security';
      settings['sasl.enabled.mechanisms'] = MECHANISMS.join(',');
      settings['listener.name.clients.plain.sasl.jaas.config'] = `${modules}.plain.PlainLoginModule required${logins.join('')};`;
      for (const scram of MECHANISMS.slice(1).map((mechanism) => mechanism.toLowerCase())) {
        settings[`listener.name.clients.${scram}.sasl.jaas.config`] = `${modules}.scram.ScramLoginModule required;`;
      }
    }
    return settings;
  }

  private async makeCertificate(): Promise<void> {
    const key = join(this.folder, 'key.pem');
    const request = [
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
    ];
    await run('openssl', ['req', ...request, '-days', '1', '-out', this.authority, '-keyout', key]);
    // Java reads both from one file.
    await writeFile(key, await readFile(this.authority), { flag: 'a' });
  }
}

const protocolOf = (tls: unknown, users: unknown): string => `${users ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`;
