package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/archive"
	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

const (
	// archiveDays is how far back a leaver's conversations are kept.
	archiveDays = 90
	// archiveConversations bounds the list, and with it the memory that one archive takes: some two hundred bytes each.
	archiveConversations = 100_000
)

// Archive keeps what the account was, before it may be deleted: it is written to the bucket, read back, and recorded. The cut-off
// never waits for it.
func (a *Activities) Archive(ctx context.Context, in lifecycle.OperationInput) (lifecycle.ArchiveResult, error) {
	var result lifecycle.ArchiveResult
	err := beating(ctx, func(ctx context.Context) error {
		phase := lifecycle.PhaseInput{OperationInput: in, Operation: lifecycle.Termination}
		err := a.inOperation(ctx, phase, func(_ context.Context, _ *store.PersonTx, person store.Person) error {
			if person.Plan == nil {
				return fmt.Errorf("archive generation %d: its plan: %w", in.Generation, store.ErrNotFound)
			}
			phase.Digest = person.Plan.Digest
			return nil
		})
		if err != nil {
			return err
		}
		ph, err := a.begin(ctx, phase)
		if err != nil {
			return err
		}
		document, err := ph.document(ctx)
		if err != nil {
			return err
		}
		result.Conversations = len(document.Conversations)
		written, err := a.archive.Write(ctx, archive.Key(in.PersonID, in.Generation), document)
		if err != nil {
			return err
		}
		return ph.archived(ctx, written, document)
	})
	return result, boundary(err)
}

func (ph *phase) document(ctx context.Context) (archive.Document, error) {
	snapshot, err := ph.snapshot(ctx)
	if err != nil {
		return archive.Document{}, err
	}
	now := time.Now().UTC()
	state := ph.hr
	d := archive.Document{
		SchemaVersion: archive.SchemaVersion, PersonID: ph.in.PersonID, Platform: ph.a.platform.Name(), AccountID: ph.person.Agent.PlatformUserID,
		Generation: ph.in.Generation, MappingVersion: ph.plan.MappingVersion, WorkflowID: ph.workflowID(), ArchivedAt: now,
		Snapshot: snapshot, ConversationsFrom: now.AddDate(0, 0, -archiveDays), ConversationsTo: now,
		Conversations: []ccaas.Conversation{},
		HR: archive.HRState{
			Employment: string(state.Employment), Status: string(state.Status), Namespace: state.Namespace,
			DepartmentCode: state.DepartmentCode, JobTitleCode: state.JobTitleCode, LocationCode: state.LocationCode,
			ManagerExternalID: state.ManagerExternalID, Timezone: state.Timezone, SkillCodes: state.SkillCodes,
			HiredAt: state.HiredAt, LeftAt: state.LeftAt, EventIDs: ph.plan.Settles,
		},
	}
	for _, id := range ph.person.ExternalIDs {
		d.ExternalIDs = append(d.ExternalIDs, id.OnPlatform())
	}
	for conversation, err := range ph.a.platform.Conversations(ctx, d.AccountID, d.ConversationsFrom, d.ConversationsTo) {
		if err != nil {
			return archive.Document{}, err
		}
		if len(d.Conversations) == archiveConversations {
			d.ConversationsCut = fmt.Sprintf("only the first %d are kept", archiveConversations)
			break
		}
		d.Conversations = append(d.Conversations, conversation)
	}
	return d, nil
}

// snapshot is what was kept before the first write. Where the account could not be read then, what it is now is the best there is.
func (ph *phase) snapshot(ctx context.Context) (snapshot lifecycle.Snapshot, err error) {
	kept, err := ph.a.store.Snapshot(ctx, ph.in.PersonID, ph.in.Generation)
	if err == nil {
		if err := json.Unmarshal(kept.Body, &snapshot); err != nil {
			return snapshot, fmt.Errorf("read the snapshot: %w", err)
		}
		return snapshot, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return snapshot, err
	}
	account, err := ph.a.platform.Account(ctx, ph.person.Agent.PlatformUserID, ccaas.Everything)
	if err != nil {
		return snapshot, err
	}
	return ph.snapshotOf(ctx, account), nil
}

// snapshotOf names what it can: a catalogue that cannot be read holds up nothing.
func (ph *phase) snapshotOf(ctx context.Context, account ccaas.Account) lifecycle.Snapshot {
	catalogue, err := ph.a.platform.Catalogue(ctx, false)
	if err != nil {
		catalogue = nil
	}
	return lifecycle.SnapshotOf(ph.a.platform.Name(), account, time.Now().UTC(), catalogue)
}

func (ph *phase) archived(ctx context.Context, written archive.Written, document archive.Document) error {
	return ph.record(ctx, func(p *store.PersonTx) error {
		now := time.Now().UTC()
		kept, err := p.AddArchive(store.Archive{
			Generation: ph.in.Generation, Key: written.Key, SHA256: written.SHA256, Size: written.Size, WrittenAt: document.ArchivedAt, VerifiedAt: &now,
		})
		if err != nil {
			return err
		}
		if err := recordArchive(p, ph.in.Generation, kept.ID); err != nil {
			return err
		}
		if err := archiveSucceeds(p); err != nil {
			return err
		}
		return p.AddTimeline(store.TimelineEntry{
			Kind: "account.archived", WorkflowID: names.TerminationWorkflowID(ph.in.PersonID, ph.in.Generation),
			Text: fmt.Sprintf("archive %s written and read back: SHA-256 %s, %d conversations", written.Key, written.SHA256, len(document.Conversations)),
		})
	})
}

// archiveSucceeds takes back that somebody is needed for it, if somebody was told so.
func archiveSucceeds(p *store.PersonTx) error {
	key := store.AlertKey(store.AlertArchiveFailing, p.PersonID())
	if told, err := p.AlertIsOpen(key); err != nil || !told {
		return err
	}
	return errors.Join(p.CloseAlert(key, "the account is archived"), attend(p))
}

// recordArchive notes that the grace has its archive. Its workflow, which has had it written, knows: where it knew all else too, nobody
// has to tell it.
func recordArchive(p *store.PersonTx, generation int64, archiveID string) error {
	before, err := p.Grace(generation)
	if err != nil {
		return err
	}
	if err := p.ChangeGrace(generation, store.GraceChange{ArchiveID: &archiveID}); err != nil || before.Version != before.SeenVersion {
		return err
	}
	return p.GraceSeen(generation, before.Version+1)
}
