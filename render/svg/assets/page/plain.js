// The script of a profile without times.

import { start } from './main.js';
import { profileKind } from './profile_kind.js';

start(profileKind);
