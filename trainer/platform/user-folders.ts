/**
 * Where the user's things are, as each system has it.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface UserFolders {
  readonly home: string;
  /** Settings, and what else must last. */
  readonly configFolder: string;
  /** What can be made again. */
  readonly cacheFolder: string;
  /** Runs, datasets and drawings that were given no other place. */
  readonly workFolder: string;
}

const NAME = 'LoRA Loom';

/** `LORA_LOOM_HOME` puts everything into one folder. */
export function userFolders(
  environment: NodeJS.ProcessEnv = process.env,
  system: NodeJS.Platform = process.platform,
  home = homedir(),
): UserFolders {
  const workFolder = join(home, NAME);
  const own = environment['LORA_LOOM_HOME'];
  if (own !== undefined && own !== '') {
    return { home, configFolder: join(own, 'config'), cacheFolder: join(own, 'cache'), workFolder: join(own, 'work') };
  }
  switch (system) {
    case 'win32': {
      const local = environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
      const roaming = environment['APPDATA'] ?? join(home, 'AppData', 'Roaming');
      return { home, configFolder: join(roaming, NAME), cacheFolder: join(local, NAME, 'cache'), workFolder };
    }
    case 'darwin': {
      const library = join(home, 'Library');
      const configFolder = join(library, 'Application Support', NAME);
      return { home, configFolder, cacheFolder: join(library, 'Caches', NAME), workFolder };
    }
    default: {
      const config = environment['XDG_CONFIG_HOME'] ?? join(home, '.config');
      const cache = environment['XDG_CACHE_HOME'] ?? join(home, '.cache');
      return { home, configFolder: join(config, 'lora-loom'), cacheFolder: join(cache, 'lora-loom'), workFolder };
    }
  }
}
