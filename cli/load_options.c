#include "cli/load_options.h"

#include "cli/options.h"

/* Those without a value. */
static bool take_flag(struct load_options *o, int opt)
{
	switch (opt) {
	case LOAD_ADDRS:
		o->perf_script.addrs = o->addrs = true;
		return true;
	case LOAD_EXACT:
		o->perf_script.exact = true;
		return true;
	case LOAD_IDLE:
		o->idle = true;
		return true;
	case LOAD_INLINE:
	case LOAD_NO_INLINE:
		o->inlines = opt == LOAD_INLINE;
		return true;
	case LOAD_CONTEXT:
		o->lines = true;
		return true;
	case LOAD_PID:
		o->perf_script.pid = o->selection.pid = true;
		return true;
	case LOAD_TID:
		o->perf_script.tid = o->selection.tid = true;
		return true;
	default:
		return false;
	}
}

int load_option_take(struct load_options *o, int opt, const char *value,
		     const struct command *command)
{
	struct selection *s = &o->selection;

	if (take_flag(o, opt))
		return EXIT_DONE;
	switch (opt) {
	case LOAD_BY:
		return selection_parse_by(s, value)
			       ? EXIT_DONE
			       : usage(command,
				       "'%s' is no list of comm, pid, tid, cpu, "
				       "container",
				       value);
	case LOAD_COMM:
		s->comms = value;
		return EXIT_DONE;
	case LOAD_CPU:
		return selection_parse_cpus(s, value)
			       ? EXIT_DONE
			       : usage(command, "'%s' is no list of CPUs", value);
	case LOAD_EVENT:
		o->perf_script.event = s->event = value;
		return EXIT_DONE;
	case LOAD_FROM:
		o->from = input_format_named(value);
		return o->from != INPUT_UNKNOWN
			       ? EXIT_DONE
			       : usage(command, "there is no format '%s'", value);
	case LOAD_TIME:
		return selection_parse_time(s, value)
			       ? EXIT_DONE
			       : usage(command, "'%s' is no span of seconds FROM,TO",
				       value);
	default:
		return EXIT_USAGE;
	}
}
