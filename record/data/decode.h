/* Record bytes -> struct event. The attr of a record's event determines its fields;
 * fields that flame does not need are skipped by their size. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "model/event.h"
#include "record/data/decode_event.h"

/* Decodes one record of the event 'e'; 'record' holds exactly the record, header
 * included. Pointers in 'ev' lead into the record. 'ev->at' and 'ev->event' are the
 * caller's. A process outside of the recorder's pid namespace has PID_OUTSIDE. Returns -1
 * if the record contradicts its own size. */
int decode_record(const struct decode_event *e, struct bytes *record, struct event *ev,
		  struct error *err);
