import { NoLabError, RefusedError } from './cli.errors.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

interface Tokens {
  readonly access_token: string;
}

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** Speaks with a lab as any other client does. */
export class LabClient {
  private constructor(
    readonly url: string,
    private token: string,
    private readonly login?: Login,
  ) {}

  /** @throws {NoLabError} {@link RefusedError} */
  static async open(url: string, login: Login | { readonly token: string }): Promise<LabClient> {
    if ('token' in login) return new LabClient(url, login.token);
    return new LabClient(url, await tokenOf(url, login), login);
  }

  /** True when a lab answers there. */
  static async isThere(url: string): Promise<boolean> {
    try {
      const { status } = await fetch(`${url}/api/v1/transforms`, { signal: AbortSignal.timeout(2_000) });
      // It is there, and wants to know who asks.
      return status === 401;
    } catch {
      return false;
    }
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.send('GET', path)) as T;
  }

  async post<T>(path: string, body: object): Promise<T> {
    return JSON.parse(await this.postForText(path, body)) as T;
  }

  postForText(path: string, body: object): Promise<string> {
    return this.send('POST', path, body);
  }

  /** A build may take longer than a token lives. */
  private async send(method: string, path: string, body?: object): Promise<string> {
    try {
      return await send(this.url, method, path, body, this.token);
    } catch (error) {
      if (!this.login || !(error instanceof RefusedError) || error.status !== 401) throw error;
      this.token = await tokenOf(this.url, this.login);
      return send(this.url, method, path, body, this.token);
    }
  }
}

async function tokenOf(url: string, login: Login): Promise<string> {
  return (JSON.parse(await send(url, 'POST', '/api/v1/auth/login', login)) as Tokens).access_token;
}

async function send(url: string, method: string, path: string, body?: object, token?: string): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: body && JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new NoLabError(
      `No lab answers at ${url}: ${(error as Error).message}. Start it with npm start, or name another with --url.`,
    );
  });
  const text = await response.text();
  if (!response.ok) throw new RefusedError(response.status, reasonOf(response.status, text));
  return text;
}

function reasonOf(status: number, text: string): string {
  try {
    const { detail, errors = [] } = JSON.parse(text) as Problem;
    const told = errors.map(({ path, message }) => `${path}: ${message}`);
    if (told.length > 0) return told.join('\n');
    return detail ?? `The lab answered ${status}.`;
  } catch {
    return `The lab answered ${status}.`;
  }
}
