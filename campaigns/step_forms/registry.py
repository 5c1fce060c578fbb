"""The form of each kind of step, but for those that ask."""

from campaigns.step_forms.base import StepForm
from campaigns.step_forms.effects import AttributeForm, ContinueForm, ListForm, NoteForm
from campaigns.step_forms.handing_on import TaskForm, WebhookForm
from campaigns.step_forms.sides import BranchForm, CohortForm, SplitForm
from campaigns.step_forms.times import DelayForm, TimeOutForm, WaitUntilForm, WindowForm

STEP_FORMS: dict[str, type[StepForm]] = {
    "delay": DelayForm,
    "window": WindowForm,
    "wait_until": WaitUntilForm,
    "wait_answer": TimeOutForm,
    "branch": BranchForm,
    "split": SplitForm,
    "cohort": CohortForm,
    "attribute": AttributeForm,
    "list": ListForm,
    "task": TaskForm,
    "webhook": WebhookForm,
    "continue_at": ContinueForm,
    "exit": StepForm,
    "note": NoteForm,
}
